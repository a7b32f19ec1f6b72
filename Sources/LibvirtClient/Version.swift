internal import CLibvirt
internal import CLibvirtLoader

/// A version as libvirt counts them.
public struct Version: Comparable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let release: Int

    public init(_ major: Int, _ minor: Int, _ release: Int) {
        self.major = major
        self.minor = minor
        self.release = release
    }

    /// From libvirt's `major * 1,000,000 + minor * 1,000 + release`.
    init(_ number: UInt) {
        self.init(Int(number / 1_000_000), Int(number / 1000 % 1000), Int(number % 1000))
    }

    public var description: String { "\(major).\(minor).\(release)" }

    public static func < (left: Version, right: Version) -> Bool {
        (left.major, left.minor, left.release) < (right.major, right.minor, right.release)
    }

    /// The version of the client library that this program runs with; it needs no connection.
    public static func clientLibrary() throws(LibvirtError) -> Version {
        try Connection.loadLibrary()
        hostler_virSilence()
        var number: UInt = 0
        guard virGetVersion(&number, nil, nil) == 0 else { throw .last("asking for the library's version") }
        return Version(number)
    }
}
