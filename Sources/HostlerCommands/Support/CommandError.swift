internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Provisioning
internal import StateStore

/// How a command ends that did not do what it was asked.
struct CommandError: Error, Equatable, CustomStringConvertible {
    /// The exit status, after sysexits.h where that has a name for it.
    enum Code: Int32 {
        case failure = 1
        case usage = 64
        case badInput = 65
        case unreachable = 69
    }

    let code: Code
    /// One lowercase sentence without a full stop; `nil` where the command has said all already.
    let message: String?

    init(_ code: Code, _ message: String?) {
        self.code = code
        self.message = message
    }

    /// Gives the errors of the modules below their exit status; `nil` for ArgumentParser's own.
    init?(wrapping error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as DomainXMLError: self.init(.badInput, error.message)
        case let error as LibvirtError: self.init(.failure, error.sentence)
        case let error as URLProbeError: self.init(.failure, error.message)
        case let error as ConfigDriveError: self.init(error.isOfInput ? .badInput : .failure, error.message)
        case let error as StateError: self.init(.failure, error.message)
        case let error as SystemError: self.init(.failure, error.message)
        default: return nil
        }
    }

    var description: String { message ?? "exit status \(code.rawValue)" }
}

extension ConfigDriveError {
    /// Whether the user's input is what is wrong.
    var isOfInput: Bool { [.badInput, .tooLarge, .notADrive].contains(code) }
}

extension LibvirtError {
    /// The message as ours go on; where our own hook has said no, what it said, without how libvirt called it.
    var sentence: String {
        guard code == .hookFailed, let end = message.firstRange(of: "unexpected exit status "),
            let own = message[end.upperBound...].firstRange(of: ": hostler: ")
        else { return message.asSentencePart }
        return String(message[own.upperBound...]).replacing("; hostler: ", with: "; ")
    }
}
