import DomainXML
import FuzzDriver
import Glibc

/// Any bytes as a document: it is refused, or the laws hold: a second run changes nothing, and `unset` gives back the
/// document that came.
func fuzzDocument(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let document = Array(UnsafeBufferPointer(start: data, count: size))
    let url = PropertyValue(name: "httpsisoboot", value: "https://iso.example.com/a.iso?b=c", source: .commandLine)
    guard let result = try? DomainTransformer.transform(document, TransformRequest(properties: [url])) else { return 0 }
    do {
        let again = try DomainTransformer.transform(result.xml, TransformRequest(properties: [url]))
        if again.xml != result.xml { fail("a second run changed the document") }
        let undone = try DomainTransformer.transform(result.xml, TransformRequest(unset: Property.all.map(\.name)))
        _ = try? DomainTransformer.inspect(undone.xml)
    } catch {
        fail("the engine refuses what it wrote itself: \(error)")
    }
    return 0
}

exit(fuzz { fuzzDocument($0, $1) })
