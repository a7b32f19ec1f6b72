import ArgumentParser
import DomainXML
import Foundation
import Testing

@testable import HostlerCommands

@Suite struct TextTests {
    @Test(arguments: [
        ("web01 – ünïcode", "web01 – ünïcode"),
        ("a\nhostler: b", "a hostler: b"),
        ("\u{1B}[2J\u{7}\r\u{7F}\u{9B}m", " [2J    m"),
        ("a\u{2028}b\u{202E}c\u{2066}d", "a b c d"),
    ])
    func linesStayLines(text: String, shown: String) {
        #expect(Terminal.oneLine(text) == shown)
    }

    @Test func usageErrorsNameTheRightHelp() {
        #expect(HostlerMain.help(for: ["start", "--bogus"]) == "hostler start --help")
        #expect(HostlerMain.help(for: ["config-drive", "set", "--x"]) == "hostler config-drive set --help")
        #expect(HostlerMain.help(for: ["bogus"]) == "hostler --help")
        #expect(HostlerMain.help(for: []) == "hostler --help")
    }

    @Test func propertiesFitANarrowTerminal() {
        for property in Property.all {
            let text = PropertiesCommand.text(property.name, property.form, property.summary)
            #expect(text.hasPrefix(property.name + "=") && text.contains("\n    "))
            for line in text.split(separator: "\n") { #expect(line.count < 80, "\(line)") }
        }
    }

    @Test func examplesAreNotFolded() {
        let commands = Hostler.configuration.subcommands
        for command in commands + commands.flatMap({ $0.configuration.subcommands }) {
            for line in command.configuration.discussion.split(separator: "\n") where line.hasPrefix("  ") {
                #expect(line.count <= 80, "\(line)")
            }
        }
    }

    /// What bash puts into the line for the last of these words; `nospace` where it would put no blank behind.
    @Test(arguments: [
        ("hostler start demo --once boot", "bootorder= (+o filenames -o nospace)"),
        ("hostler set demo boot", "bootorder= (+o filenames -o nospace)"),
        ("hostler start demo --once bootorder=", " ()"),
        ("hostler start -c qem", "qemu:///system qemu:///session (+o filenames)"),
        ("hostler start --connect qemu:///sy", "///system (+o filenames)"),
        ("hostler unset demo boot", "bootorder ()"),
        ("hostler trans", "transform ()"),
    ])
    func bashCompletes(line: String, expected: String) throws {
        let scratch = try Scratch()
        let script = try scratch.write(
            BashCompletion.completed(Hostler.completionScript(for: .bash)) + """

                virsh() { :; }
                compopt() { options="$*"; }
                COMP_LINE=$1 COMP_POINT=${#1} options=
                # As bash does it: apart at blanks, colons and equals signs.
                read -ra COMP_WORDS <<<"$(sed -E 's/[:=]+/ & /g' <<<"$1")"
                [[ $1 == *= ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _hostler_words hostler "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                echo "${COMPREPLY[*]} ($options)"
                """,
            to: "completion.bash"
        )
        let bash = Process()
        let output = Pipe()
        bash.executableURL = URL(filePath: "/bin/bash")
        bash.arguments = ["--norc", script, line]
        bash.standardOutput = output
        try bash.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        bash.waitUntilExit()
        #expect(text == expected + "\n")
    }
}
