internal import Glibc

/// Makes a sentence of what an NFS server, or libnfs, refuses.
struct NFSComplaint: Sendable {
    let url: NFSURL

    private var shown: String { url.shown.text }
    private var server: String { url.shown.authority }

    /// - Parameters:
    ///   - number: of errno, positive.
    ///   - detail: libnfs's own words.
    ///   - isMounted: whether the server has let us in before.
    func error(_ number: Int32, _ detail: String, isMounted: Bool) -> DownloadError {
        switch number {
        case ENOENT, ENOTDIR:
            return DownloadError(
                .status,
                "there is no \(shown) on the server; check the path, which begins at what the server exports"
            )
        case EACCES, EPERM:
            return DownloadError(
                .status,
                "\(server) does not let \(reader) read \(shown); make the file readable and export it to this host, or "
                    + "name who reads with ?uid=…&gid=…"
            )
        case ESTALE:
            return DownloadError(
                .changed,
                "\(shown) was removed or replaced on the server while it was read",
                isTemporary: true
            )
        case EISDIR: return notAFile("a folder")
        case ECONNREFUSED:
            return DownloadError(
                .noConnection,
                "\(server) refuses connections, so \(shown) cannot be read; start its NFS server or check the port",
                isTemporary: true
            )
        case EHOSTUNREACH, ENETUNREACH:
            return DownloadError(
                .noConnection,
                "there is no route to \(server), so \(shown) cannot be read; check this host's network",
                isTemporary: true
            )
        case ENAMETOOLONG, ELOOP:
            return DownloadError(
                .badInput,
                "the server finds the path of \(shown) too long, or its links run in circles"
            )
        case EIO, EFAULT, EINTR, ETIMEDOUT, ECONNRESET, ECONNABORTED, EPIPE, ENOTCONN, ENETDOWN, EHOSTDOWN, EAGAIN,
            EBUSY:
            return DownloadError(.noConnection, lost(number, detail, isMounted), isTemporary: true)
        default:
            return DownloadError(
                .other,
                "\(server) does not give \(shown): \(words(number, detail)); look into the log of the server"
            )
        }
    }

    /// libnfs's words, which may have a server's in them, or the system's.
    private func words(_ number: Int32, _ detail: String) -> String {
        detail.isEmpty ? String(cString: strerror(number)).lowercased() : DisplayURL.printable(detail)
    }

    private var reader: String {
        url.uid.map { "user \($0)" } ?? "user \(getuid())"
    }

    private func lost(_ number: Int32, _ detail: String, _ isMounted: Bool) -> String {
        // What libnfs reports of a broken connection has no number of its own.
        let words = words(number, [EIO, EFAULT, EINTR].contains(number) ? detail : "")
        if isMounted { return "the connection to \(server) broke while \(shown) was read: \(words); check the server" }
        let hint =
            url.version == .v4 ? "speaks NFSv4, or add version=3 to the URL" : "speaks NFSv3 and has a portmapper"
        return "\(server) does not let \(shown) be read: \(words); check that it \(hint)"
    }

    func notAFile(_ what: String) -> DownloadError {
        DownloadError(.badInput, "\(shown) is \(what) on the server; name a regular file")
    }

    func connectTimeout(_ seconds: Int) -> DownloadError {
        DownloadError(
            .timeout,
            "\(server) does not answer within \(seconds) s, so \(shown) cannot be read; check the server, and firewalls on "
                + "the way",
            isTemporary: true
        )
    }

    func idleTimeout(_ seconds: Int) -> DownloadError {
        DownloadError(
            .timeout,
            "nothing came from \(server) for \(seconds) s while \(shown) was read; check the server",
            isTemporary: true
        )
    }

    var cancelled: DownloadError { DownloadError(.cancelled, "reading \(shown) was cancelled") }

    var changed: DownloadError {
        DownloadError(.changed, "\(shown) has changed on the server while it was read", isTemporary: true)
    }

    func short(_ received: Int64, _ promised: Int64) -> DownloadError {
        DownloadError(
            .wrongSize,
            "\(shown) ends after \(received) of \(promised) bytes; the server cut it",
            isTemporary: true
        )
    }

    func unknownHost(_ reason: String, isTemporary: Bool) -> DownloadError {
        DownloadError(
            .unknownHost,
            "the host name '\(url.shown.host)' of \(shown) does not resolve (\(reason)); check it, and the DNS of this host",
            isTemporary: isTemporary
        )
    }
}
