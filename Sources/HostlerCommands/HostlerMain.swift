internal import ArgumentParser
internal import DomainXML
internal import Glibc
internal import HostlerAPI
internal import LibvirtClient
internal import Operations
internal import Provisioning

/// The program `hostler`, all but its process.
public enum HostlerMain {
    /// Runs the command that `arguments` name, without the program's own name in front.
    ///
    /// Every failure is one line on stderr, `hostler: ` and a sentence.
    ///
    /// - Returns: the exit status, see `hostler --help`.
    public static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try Hostler.parseAsRoot(arguments)
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error, arguments)
        }
    }

    private static func report(_ error: any Error, _ arguments: [String]) -> Int32 {
        let known = (error as? APIError).map { OperationError($0.code == .parameter ? .badInput : .failure, $0.text) }
        if let failure = known ?? OperationError(wrapping: error) {
            if let message = failure.message { Terminal.complain(message) }
            return failure.code.rawValue
        }
        if Hostler.exitCode(for: error).isSuccess {
            // --help, --version and completion scripts travel as errors in ArgumentParser.
            let text = BashCompletion.completed(Hostler.fullMessage(for: error))
            return Terminal.tryPrint(text) ? 0 : OperationError.Code.failure.rawValue
        }
        let sentence = Hostler.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
        Terminal.complain(sentence.asSentencePart + "; see '\(help(for: arguments))'")
        return OperationError.Code.usage.rawValue
    }

    /// The help of the command that was meant.
    static func help(for arguments: [String]) -> String {
        var words = ["hostler"]
        var configuration = Hostler.configuration
        for argument in arguments {
            guard let command = configuration.subcommands.first(where: { $0.configuration.commandName == argument })
            else { break }
            words.append(argument)
            configuration = command.configuration
        }
        return words.joined(separator: " ") + " --help"
    }
}
