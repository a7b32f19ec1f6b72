internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Operations

/// The program `hostlerd`, all but its process.
public enum HostlerdMain {
    /// Runs with `arguments`, without the program's own name in front.
    ///
    /// - Returns: the exit status: 0, 64 for wrong arguments, 78 for a configuration that cannot be used, 1 otherwise.
    public static func run(_ arguments: [String]) async -> Int32 {
        let command: HostlerdCommand
        do { command = try HostlerdCommand.parse(arguments) } catch {
            let text = HostlerdCommand.fullMessage(for: error)
            let isFine = HostlerdCommand.exitCode(for: error).isSuccess
            (isFine ? FileHandle.standardOutput : .standardError).write(Data((text + "\n").utf8))
            return isFine ? 0 : 64
        }
        if command.isExample {
            FileHandle.standardOutput.write(Data(ConfigurationKey.example.utf8))
            return 0
        }
        let environment = ProcessInfo.processInfo.environment
        let configuration: CurrentConfiguration
        do { configuration = try CurrentConfiguration(file: command.config, environment: environment) } catch {
            return complain(error, 78)
        }
        if command.isCheck {
            FileHandle.standardOutput.write(Data("\(command.config) can be used\n".utf8))
            return 0
        }
        LoggingSystem.bootstrap { StderrLog(label: $0, environment: environment) }
        StderrLog.set(level: configuration.value.text("log.level"))
        let logger = Logger(label: "hostlerd")
        do {
            try await Daemon(configuration: configuration, environment: environment, logger: logger).run()
            return 0
        } catch {
            return complain(error, 1)
        }
    }

    private static func complain(_ error: any Error, _ status: Int32) -> Int32 {
        FileHandle.standardError.write(Data("hostlerd: \(GuestWatch.sentence(error))\n".utf8))
        return status
    }
}

private struct HostlerdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostlerd",
        abstract: "Look after the guests of this host.",
        discussion: """
            Keeps each guest's state, makes what libvirt's hook asks for, applies properties, resumes guests whose boot ISO \
            could not be read for a while, keeps certificates in step, and serves the API. It is started by systemd \
            (hostlerd.service) and stays in the foreground; SIGHUP reads the configuration again, SIGTERM stops it.
            """,
        version: Version.text
    )

    @Option(help: ArgumentHelp("The configuration file; it need not be there.", valueName: "file"))
    var config = DaemonConfiguration.path

    @Flag(name: .customLong("check"), help: "Only say whether the configuration can be used.")
    var isCheck = false

    @Flag(name: .customLong("example"), help: "Write a configuration file with each key's usual value, commented out.")
    var isExample = false
}
