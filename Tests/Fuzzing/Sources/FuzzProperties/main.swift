import DomainXML
import FuzzDriver
import Glibc

/// Any text as properties, `name=value` on each line, on a domain that has something of everything.
func fuzzProperties(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    let properties = text.split(separator: "\n").map { line in
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return PropertyValue(name: parts[0], value: parts.count > 1 ? parts[1] : "", source: .commandLine)
    }
    let request = TransformRequest(properties: properties)
    guard let result = try? DomainTransformer.transform(domain, request) else { return 0 }
    do {
        let again = try DomainTransformer.transform(result.xml, request)
        if again.xml != result.xml { fail("a second run changed the document") }
        let undone = try DomainTransformer.transform(result.xml, TransformRequest(unset: Property.all.map(\.name)))
        if undone.xml != domain { fail("unset did not give back the document") }
    } catch {
        fail("the engine refuses what it wrote itself: \(error)")
    }
    return 0
}

let domain = Array(
    """
    <domain type='kvm'>
      <name>fuzz</name>
      <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/><boot dev='cdrom'/></os>
      <devices>
        <disk type='file' device='disk'><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
        <disk type='file' device='floppy'><target dev='fda' bus='fdc'/></disk>
        <interface type='user'><mac address='52:54:00:00:00:01'/><alias name='ua-net'/></interface>
      </devices>
    </domain>
    """.utf8
)

exit(fuzz { fuzzProperties($0, $1) })
