internal import DomainXML

/// What all parts of a metalink are read with.
struct MetalinkReader {
    let version: Metalink.Version
    /// The URL of the document, for messages.
    let shown: String

    func children(_ element: XMLElement, _ name: String) -> [XMLElement] {
        element.children.filter { $0.name == name && $0.namespace == version.namespace }
    }

    /// The text of an element without blanks around.
    func text(_ element: XMLElement) -> String {
        var text = element.text[...].drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// - Parameter what: begins after the place.
    func bad(_ element: XMLElement, _ what: String) -> DownloadError {
        DownloadError(
            .badMetalink,
            "the metalink \(shown) is not consistent: <\(DisplayURL.printable(element.name))> in \(element.place) \(what)"
        )
    }

    /// A number of bytes, or a count.
    ///
    /// - Throws: `badMetalink` for what is not digits alone, and for what is above `limit`.
    func number(
        _ text: String,
        _ element: XMLElement,
        from least: Int64 = 0,
        to limit: Int64 = .max
    ) throws(DownloadError) -> Int64 {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Int64(text), (least...limit).contains(number) else {
            throw bad(element, "has '\(DisplayURL.printable(text))', which is not a number from \(least) to \(limit)")
        }
        return number
    }

    /// A hash without the white space that writers break its line with.
    ///
    /// - Throws: `badMetalink` for what the algorithm does not give.
    func digest(_ element: XMLElement, _ algorithm: DigestAlgorithm) throws(DownloadError) -> String {
        let text = element.text.filter { !$0.isWhitespace }
        do throws(DownloadError) {
            return try Checksum(algorithm, digits: text[...]).hex
        } catch {
            throw bad(element, "is wrong: \(error.message)")
        }
    }
}
