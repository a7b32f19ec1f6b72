internal import Operations

/// What a check found.
struct Finding: Encodable, Equatable {
    enum Status: String, Encodable {
        case ok
        /// It works as it is, or cannot be told; worth a look.
        case warn
        /// Something that Hostler does will not work.
        case fail
    }

    let check: String
    let status: Status
    /// One sentence.
    let detail: String
    /// What to do about it; `nil` where nothing has to be done.
    let mend: String?

    private init(_ check: String, _ status: Status, _ detail: String, mend: String?) {
        self.check = check
        self.status = status
        self.detail = detail
        self.mend = mend
    }

    static func ok(_ check: String, _ detail: String) -> Finding {
        Finding(check, .ok, detail, mend: nil)
    }

    static func warn(_ check: String, _ detail: String, mend: String) -> Finding {
        Finding(check, .warn, detail, mend: mend)
    }

    static func fail(_ check: String, _ detail: String, mend: String) -> Finding {
        Finding(check, .fail, detail, mend: mend)
    }

    /// Of a check that could not be made.
    init(_ check: String, couldNotBeMade error: any Error) {
        self.check = check
        status = .warn
        detail = "not checked: \(OperationError(wrapping: error)?.message ?? String(describing: error))"
        mend =
            (error as? SystemError)?.isDenied == true
            ? "run it as root" : "mend that, and run hostler doctor again"
    }

    /// One line, and one more where there is something to do.
    func text(coloured: Bool) -> String {
        let style: Terminal.Style =
            switch status {
            case .ok: .green
            case .warn: .yellow
            case .fail: .red
            }
        let word = status.rawValue + String(repeating: " ", count: 4 - status.rawValue.count)
        let line = Terminal.styled(word, style, when: coloured) + Terminal.oneLine("  \(check): \(detail)") + "\n"
        return line + (mend.map { "      -> \(Terminal.oneLine($0))\n" } ?? "")
    }
}
