/// What the argument parser's script for bash leaves to be wished for.
enum BashCompletion {
    /// The text of a completion script with ours behind it; any other text as it is.
    static func completed(_ text: String) -> String {
        text.hasPrefix("#!/bin/bash\n") ? text + "\n" + supplement : text
    }

    /// `bootorder=` is not the end of a word, so no blank may follow it, and what is no file must not be quoted like one.
    /// bash takes words apart at colons and equals signs, so the last word is read from the line itself.
    static let supplement = #"""

        # A value behind 'name=' is free text, and a URI is one word to hostler, though several to bash.
        _hostler_words() {
            local line="${COMP_LINE:0:${COMP_POINT}}"
            local word="${line##*[[:space:]]}"
            local before="${line%"${word}"}"
            before="${before%"${before##*[![:space:]]}"}"
            case "${before##*[[:space:]]}" in
            -c | --connect)
                COMPREPLY=($(compgen -W 'qemu:///system qemu:///session' -- "${word}"))
                COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
                compopt +o filenames
                return
                ;;
            esac
            if [[ "${word}" == [!-]*=* ]]; then
                COMPREPLY=()
                return
            fi
            _hostler "${@}"
            if [[ "${COMPREPLY[0]-}" == *= ]]; then compopt +o filenames -o nospace; fi
        }

        complete -o filenames -F _hostler_words hostler
        """#
}
