/// A name for a guest by RFC 1123 §2.1: labels of letters, digits and inner hyphens.
enum HostName {
    /// - Parameter name: with or without its domain.
    /// - Returns: what is wrong; `nil` where `name` is a host name that Linux takes (`HOST_NAME_MAX` is for the first
    ///   label, since cloud-init makes that the kernel's host name).
    static func complaint(_ name: String) -> String? {
        let shown = DisplayURL.printable(name)
        if name.isEmpty { return "a host name cannot be empty" }
        if name.utf8.count > 253 { return "'\(shown)' is longer than the 253 characters of a host name" }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        for label in labels {
            let isPlain = label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
                default: false
                }
            }
            if !isPlain || !(1...63).contains(label.utf8.count) || label.first == "-" || label.last == "-" {
                return
                    "'\(shown)' is not a host name: each label is 1 to 63 letters, digits and hyphens, "
                    + "with no hyphen at its ends"
            }
        }
        // cloud-init would call such a guest `ip-10-0-0-1`.
        if labels.count == 4, labels.allSatisfy({ UInt8($0) != nil }) {
            return "'\(shown)' is an address, not a host name"
        }
        return nil
    }
}
