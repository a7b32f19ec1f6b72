internal import Glibc
internal import Provisioning

/// The user that libvirt has QEMU run as.
enum QEMUUser {
    /// - Parameter path: libvirt's configuration, where `user` and `group` may be set.
    /// - Returns: `nil` where QEMU runs as whoever calls this.
    static func ofThisHost(configuration path: String = "/etc/libvirt/qemu.conf") throws(SystemError) -> NBDOptions
        .Reader?
    {
        if geteuid() != 0 { return nil }
        let text = try Files.text(path) ?? ""
        let names = setting("user", text).map { [$0] } ?? ["libvirt-qemu", "qemu"]
        guard let user = names.lazy.compactMap({ number($0) ?? userEntry($0) }).first, user != 0 else { return nil }
        let groups = setting("group", text).map { [$0] } ?? ["libvirt-qemu", "kvm", "qemu"]
        let group = groups.lazy.compactMap { number($0) ?? groupEntry($0) }.first
        return NBDOptions.Reader(user: user, group: group ?? user)
    }

    /// `user = "qemu"`, the last one that is no comment.
    static func setting(_ name: String, _ text: String) -> String? {
        text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
            guard parts.count == 2, parts[0] == name else { return nil }
            let value = parts[1].filter { $0 != "\"" && $0 != "'" }
            return value.isEmpty ? nil : value
        }.last
    }

    /// libvirt writes numbers with a plus sign before them.
    private static func number(_ text: String) -> UInt32? {
        UInt32(text.hasPrefix("+") ? String(text.dropFirst()) : text)
    }

    private static func userEntry(_ name: String) -> UInt32? { getpwnam(name)?.pointee.pw_uid }

    private static func groupEntry(_ name: String) -> UInt32? { getgrnam(name)?.pointee.gr_gid }
}
