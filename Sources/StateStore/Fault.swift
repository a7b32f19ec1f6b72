internal import GRDB

/// Puts what SQLite says into words.
enum Fault {
    static func error(_ error: any Error, _ path: String) -> StateError {
        if let error = error as? StateError { return error }
        let name = StateError.shown(path)
        guard let error = error as? DatabaseError else {
            if error is CancellationError { return StateError(.cancelled, "the request to \(name) was cancelled") }
            return StateError(.inputOutput, "\(name): \(StateError.shown(String(describing: error)))")
        }
        // Said where there is no room for -shm, the index of the log.
        if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE { return full(name) }
        let reason = error.message ?? "code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return busy(path)
        case .SQLITE_FULL: return full(name)
        case .SQLITE_READONLY, .SQLITE_PERM:
            return StateError(.readOnly, "\(name) can only be read; mount its file system read-write")
        case .SQLITE_NOTADB:
            return StateError(.notAStore, "\(name) is not a database; move it away or name another file")
        case .SQLITE_CORRUPT:
            return StateError(.corrupt, "\(name) is damaged (\(reason)); restore it from a backup")
        case .SQLITE_CANTOPEN:
            return StateError(
                .permission,
                "\(name) cannot be opened with its -wal and -shm (\(reason)); its folder must be writable"
            )
        default:
            return StateError(.inputOutput, "reading or writing \(name) failed (\(reason)); look into the kernel's log")
        }
    }

    private static func full(_ name: String) -> StateError {
        StateError(.diskFull, "there is no room beside or in \(name); make room on its file system")
    }

    static func busy(_ path: String) -> StateError {
        let name = StateError.shown(path)
        return StateError(
            .busy,
            "others have been using \(name) for too long; look who with 'fuser -v' and try again"
        )
    }
}
