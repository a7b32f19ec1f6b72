/// What runs in a guest, of which CloudStack's clients want an id. Hostler keeps it with a template, and shows it; a
/// guest's own XML says what it needs.
package struct OSType: Equatable, Sendable {
    package let id: String
    package let name: String
    let category: Category

    /// Operating systems of one family.
    struct Category: Equatable, Sendable {
        let id: String
        let name: String

        private init(_ number: Int, _ name: String) {
            id = "00000000-0000-4000-8000-0000000c\(1000 + number)"
            self.name = name
        }

        static let linux = Category(1, "Linux")
        static let windows = Category(2, "Windows")
        static let bsd = Category(3, "BSD")
        static let other = Category(4, "Other")
        static let all = [linux, windows, bsd, other]
    }

    /// - Parameter number: is of no other type and stays, since clients keep the ids.
    private init(_ number: Int, _ name: String, _ category: Category) {
        id = "00000000-0000-4000-8000-0000000d\(1000 + number)"
        self.name = name
        self.category = category
    }

    /// What a template is that nothing is said of.
    static let other = OSType(1, "Other (64-bit)", .other)

    package static let all = [
        other,
        OSType(2, "Other Linux (64-bit)", .linux),
        OSType(3, "AlmaLinux (64-bit)", .linux),
        OSType(4, "CentOS (64-bit)", .linux),
        OSType(5, "Debian GNU/Linux (64-bit)", .linux),
        OSType(6, "Fedora Linux (64-bit)", .linux),
        OSType(7, "openSUSE (64-bit)", .linux),
        OSType(8, "Oracle Linux (64-bit)", .linux),
        OSType(9, "Red Hat Enterprise Linux (64-bit)", .linux),
        OSType(10, "Rocky Linux (64-bit)", .linux),
        OSType(11, "SUSE Linux Enterprise Server (64-bit)", .linux),
        OSType(12, "Ubuntu (64-bit)", .linux),
        OSType(13, "FreeBSD (64-bit)", .bsd),
        OSType(14, "Windows (64-bit)", .windows),
        OSType(15, "Windows Server (64-bit)", .windows),
    ]
}
