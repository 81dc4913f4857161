# fish completion for claude-failover
# Nothing that is typed or answered is evaluated: words are arguments, and fish quotes the answers.
function __claude_failover_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (command claude-failover __complete $words[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case ':files'
            __fish_complete_path (commandline -ct)
        case ':dirs'
            __fish_complete_directories (commandline -ct)
        case '*'
            test (count $lines) -gt 1; and printf '%s\n' $lines[2..-1]
    end
end
complete -c claude-failover -f -a '(__claude_failover_complete)'
