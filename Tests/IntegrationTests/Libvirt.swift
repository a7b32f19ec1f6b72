import CLibvirt
import CLibvirtLoader
import Foundation
import Testing

/// What every suite here needs: the libvirtd that `Tests/Support/private-libvirt` starts.
enum PrivateLibvirt {
    static let isHere = ProcessInfo.processInfo.environment["HOSTLER_PRIVATE_LIBVIRT"] != nil
    static let absence: Comment = "this needs a libvirtd of its own; run it with: make test"

    /// A file under `Tests`.
    static func file(_ path: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: path)
    }
}

/// Calls of libvirt's C library that the tests need: those of `LibvirtClient` validate nothing and know no QEMU arguments.
final class Libvirt {
    struct Failure: Error, CustomStringConvertible {
        let description: String

        static var last: Failure {
            Failure(description: virGetLastErrorMessage().map { String(cString: $0) } ?? "no reason")
        }
    }

    private let connection: OpaquePointer
    /// Whether definitions are held against libvirt's schema, which some management stacks never do.
    var validates = true

    init() throws {
        hostler_virSilence()
        guard let opened = virConnectOpen("qemu:///system") else { throw Failure.last }
        connection = opened
    }

    deinit { virConnectClose(connection) }

    /// `virsh define --validate`, `virsh dumpxml --inactive`, `virsh undefine`.
    func define(_ xml: [UInt8]) throws -> [UInt8] {
        let flags = validates ? VIR_DOMAIN_DEFINE_VALIDATE.rawValue : 0
        guard let domain = virDomainDefineXMLFlags(connection, String(decoding: xml, as: UTF8.self), flags) else {
            throw Failure.last
        }
        defer {
            virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_NVRAM.rawValue)
            virDomainFree(domain)
        }
        return try dump(domain, VIR_DOMAIN_XML_INACTIVE.rawValue)
    }

    /// `virsh domxml-to-native qemu-argv`, with what libvirt's own form of the domain says besides.
    func arguments(_ xml: [UInt8], dumped: [UInt8]? = nil) throws -> QEMUArguments {
        let text = virConnectDomainXMLToNative(connection, "qemu-argv", String(decoding: xml, as: UTF8.self), 0)
        guard let text else { throw Failure.last }
        defer { free(text) }
        return try QEMUArguments(String(cString: text), domain: String(decoding: dumped ?? define(xml), as: UTF8.self))
    }

    /// Starts a transient guest, its CPUs paused, and ends it again. What it was like comes back.
    func run(_ xml: [UInt8]) throws -> [UInt8] {
        let flags = VIR_DOMAIN_START_PAUSED.rawValue
        guard let domain = virDomainCreateXML(connection, String(decoding: xml, as: UTF8.self), flags) else {
            throw Failure.last
        }
        defer {
            virDomainDestroy(domain)
            virDomainFree(domain)
        }
        return try dump(domain, 0)
    }

    private func dump(_ domain: OpaquePointer, _ flags: UInt32) throws -> [UInt8] {
        guard let text = virDomainGetXMLDesc(domain, flags) else { throw Failure.last }
        defer { free(text) }
        return Array(String(cString: text).utf8)
    }
}
