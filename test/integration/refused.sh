refused() { # ERROR TEXT: no answer, again and again
  new_uuid && message_id=$uuid
  registry idle
  hook StopFailure ",\"prompt_id\":\"$prompt_id\",\"error\":\"$1\",\"last_assistant_message\":\"$(json "$2")\""
  append_synthetic "$2" ",\"error\":\"$1\",\"isApiErrorMessage\":true"
}

