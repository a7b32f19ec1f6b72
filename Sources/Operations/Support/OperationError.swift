internal import DomainXML
package import LibvirtClient
package import Provisioning
internal import StateStore

/// How something ends that was not done as asked.
package struct OperationError: Error, Equatable, CustomStringConvertible {
    /// The exit status, after sysexits.h where that has a name for it.
    package enum Code: Int32 {
        case failure = 1
        case usage = 64
        case badInput = 65
        case unreachable = 69
    }

    package let code: Code
    /// One lowercase sentence without a full stop; `nil` where the command has said all already.
    package let message: String?

    package init(_ code: Code, _ message: String?) {
        self.code = code
        self.message = message
    }

    /// Gives the errors of the modules below their exit status; `nil` for anybody else's.
    package init?(wrapping error: any Error) {
        switch error {
        case let error as OperationError: self = error
        case let error as DomainXMLError: self.init(.badInput, error.message)
        case let error as LibvirtError: self.init(.failure, error.sentence)
        case let error as URLProbeError: self.init(.failure, error.message)
        case let error as ConfigDriveError: self.init(error.isOfInput ? .badInput : .failure, error.message)
        case let error as CertificateError: self.init(error.code == .badInput ? .badInput : .failure, error.message)
        case let error as DownloadError: self.init(error.code == .badInput ? .badInput : .failure, error.message)
        case let error as StateError: self.init(.failure, error.message)
        case let error as SystemError: self.init(.failure, error.message)
        default: return nil
        }
    }

    package var description: String { message ?? "exit status \(code.rawValue)" }
}

extension ConfigDriveError {
    /// Whether the user's input is what is wrong.
    package var isOfInput: Bool { [.badInput, .tooLarge, .notADrive].contains(code) }
}

extension String {
    /// Without the capital letter and the full stop that other people's messages have.
    package var asSentencePart: String {
        var text = self
        if text.hasSuffix(".") { text.removeLast() }
        guard let first = text.first, text.dropFirst().first?.isUppercase != true else { return text }
        return first.lowercased() + text.dropFirst()
    }
}

extension LibvirtError {
    /// The message as ours go on; where our own hook has said no, what it said, without how libvirt called it.
    package var sentence: String {
        guard code == .hookFailed, let end = message.firstRange(of: "unexpected exit status "),
            let own = message[end.upperBound...].firstRange(of: ": hostler: ")
        else { return message.asSentencePart }
        return String(message[own.upperBound...]).replacing("; hostler: ", with: "; ")
    }
}
