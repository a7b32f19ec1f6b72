internal import Glibc

/// What a host name stands for.
enum HostAddresses {
    /// Asks the resolver of this host, which takes as long as `resolv.conf` allows.
    ///
    /// - Returns: numeric addresses in the order to try them in (RFC 6724), at least one.
    static func resolve(_ host: String, _ complaint: NFSComplaint) throws(DownloadError) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        if failure != 0 {
            let reason = String(cString: gai_strerror(failure)).lowercased()
            throw complaint.unknownHost(reason, isTemporary: failure == EAI_AGAIN)
        }
        var found: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !found.contains(address) { found.append(address) }
            }
            next = entry.ai_next
        }
        if found.isEmpty { throw complaint.unknownHost("it has no address", isTemporary: false) }
        return found
    }
}
