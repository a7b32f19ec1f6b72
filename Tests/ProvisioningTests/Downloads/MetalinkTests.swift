import Foundation
import TestSupport
import Testing

@testable import Provisioning

@Suite struct MetalinkTests {
    private static let url = "https://images.example.com/list?token=x"
    private static let folder = "metalink"
    private static let cases = Fixtures.files(below: folder).filter { !$0.hasSuffix(".json") }

    private func v4(_ file: String, name: String = "a.iso") -> String {
        #"<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="\#(name)">\#(file)</file></metalink>"#
    }

    private func v3(_ verification: String, _ more: String = "") -> String {
        #"<metalink xmlns="http://www.metalinker.org/" version="3.0"><files><file name="a">\#(more)"#
            + "<verification>\(verification)</verification>"
            + "<resources><url>https://one.example.com/a</url></resources></file></files></metalink>"
    }

    private func metalink(_ text: String) throws(DownloadError) -> Metalink {
        try Metalink(Array(text.utf8), from: Self.url)
    }

    private func refused(_ bytes: [UInt8], _ reason: String, _ location: SourceLocation = #_sourceLocation) {
        do throws(DownloadError) {
            _ = try Metalink(bytes, from: Self.url).file()
            Issue.record(
                "it was taken: \(String(decoding: bytes.prefix(200), as: UTF8.self))",
                sourceLocation: location
            )
        } catch {
            #expect(error.code == .badMetalink && !error.isTemporary, sourceLocation: location)
            #expect(error.message.contains(reason), "\(error)", sourceLocation: location)
            #expect(!error.message.contains("token=x"), sourceLocation: location)
        }
    }

    private let mirror = "<url>https://one.example.com/a</url>"
    private let md5 = String(repeating: "0", count: 32)
    private let otherMD5 = String(repeating: "1", count: 32)

    @Test func noMetalink() {
        refused([], "the document is empty")
        refused(Array("QFI\u{FB}".utf8), "not well-formed")
        refused(Array("<metalink/>".utf8), "begins with <metalink> of the namespace ''")
        refused(Array("<html xmlns='urn:ietf:params:xml:ns:metalink'/>".utf8), "begins with <html>")
        refused(Array(v4(mirror).dropLast(3).utf8), "not well-formed")
        refused(Array("<metalink xmlns='urn:ietf:params:xml:ns:metalink'/>".utf8), "names no file")
        // Version 3 has its files in <files>.
        refused(Array("<metalink xmlns='http://www.metalinker.org/'><file name='a'/></metalink>".utf8), "names no file")
        refused(
            Array("\u{FEFF}".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) + [0, 0x3C],
            "a metalink is UTF-8"
        )
        refused(Array(#"<?xml version="1.0" encoding="latin1"?>"#.utf8) + Array(v4(mirror).utf8), "declares encoding")
    }

    @Test func hostileDocuments() {
        let laughs = (1...9).map { #"<!ENTITY a\#($0) "\#(String(repeating: "&a\($0 - 1);", count: 10))">"# }.joined()
        refused(Array(#"<!DOCTYPE m [<!ENTITY a0 "ha">\#(laughs)]>\#(v4("<url>&a9;</url>"))"#.utf8), "DOCTYPE")
        let file = #"<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>"# + v4("<url>https://h/&x;</url>")
        refused(Array(file.utf8), "has a DOCTYPE, which a metalink never has")
        refused(Array((#"<!DOCTYPE m SYSTEM "http://127.0.0.1:1/x.dtd">"# + v4(mirror)).utf8), "DOCTYPE")
        refused(Array(v4("<url>https://h/&x;</url>").utf8), "not well-formed")
        let deep = String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
        refused(Array(v4(deep + mirror).utf8), "deeper than")
        refused(Array(v4(String(repeating: " ", count: Metalink.maximumSize) + mirror).utf8), "has more than")
        refused(Array(v4("\0" + mirror).utf8), "NUL")
    }

    @Test func contradictions() {
        for size in ["-1", "+1", "", "1 2", "0x10", "1e3", "9223372036854775808", "１"] {
            refused(Array(v4("<size>\(size)</size>" + mirror).utf8), "which is not a number from 0")
        }
        refused(Array(v4("<size>1</size><size>2</size>" + mirror).utf8), "says 2 bytes, and another one 1")
        refused(
            Array(v4("<hash type='sha-256'>\(md5)</hash>" + mirror).utf8),
            "has 32 hexadecimal digits instead of 64; that is the length of MD5"
        )
        refused(Array(v4("<hash type='md5'></hash>" + mirror).utf8), "has no digits")
        refused(
            Array(v4("<hash type='md5'>\(md5)</hash><hash type='md5'>\(otherMD5)</hash>" + mirror).utf8),
            "two MD5 hashes that differ"
        )
        for length in ["", "0", "-5", "x", "99999999999999"] {
            let pieces = "<pieces type='md5' length='\(length)'><hash>\(md5)</hash></pieces>"
            refused(Array(v4(pieces + mirror).utf8), "which is not a number from 1 to")
        }
        refused(Array(v4("<pieces type='md5' length='5'/>" + mirror).utf8), "has no hashes")
        refused(
            Array(v4("<pieces type='md5' length='5'><hash>0</hash></pieces>" + mirror).utf8),
            "has 1 hexadecimal digits"
        )
        let one = "<pieces type='md5' length='5'><hash>\(md5)</hash></pieces>"
        let other = "<pieces type='md5' length='5'><hash>\(otherMD5)</hash></pieces>"
        refused(Array(v4(one + other + mirror).utf8), "two lists of MD5 pieces that differ")
        for size in ["0", "6", "9223372036854775807"] {
            refused(Array(v4("<size>\(size)</size>" + one + mirror).utf8), "has 1 hashes; a file of \(size) bytes has")
        }
        let many = String(repeating: "<hash>\(md5)</hash>", count: MetalinkPieces.maximumCount + 1)
        refused(Array(v4("<pieces type='md5' length='5'>\(many)</pieces>" + mirror).utf8), "make it of larger pieces")
    }

    /// Version 3 numbers its pieces: each has to be there, once.
    @Test(arguments: [
        (["0", "2"], "has '2', which is not a number from 0 to 1"),
        (["1", "1"], "is the second one of piece 1"),
        (["1", "-1"], "has '-1'"),
        (["0", nil], "has ''"),
        (["0", "4294967296"], "has '4294967296'"),
    ])
    func numbersOfPieces(_ numbers: [String?], _ reason: String) {
        let hashes = numbers.map { "<hash\($0.map { " piece='\($0)'" } ?? "")>\(md5)</hash>" }.joined()
        refused(Array(v3("<pieces type='md5' length='5'>\(hashes)</pieces>").utf8), reason)
    }

    @Test func nowhereToReadFrom() throws {
        refused(Array(v4("").utf8), "names no URL for 'a.iso' that can be read from; add one of http, https or nfs")
        refused(
            Array(v4("<url>file:///etc/passwd</url><url>/etc/passwd</url><url>https://a b/</url>").utf8),
            "of the scheme 'file'; read are https, http, nfs"
        )
        refused(Array(v4("<url>http://plain.example.com/a</url>").utf8), "is not https, and there is no hash")
        let plain = try metalink(v4("<url>http://plain.example.com/a</url>"))
        #expect(try plain.file(isVerified: true).mirrors.count == 1)
        let long = "<url>https://one.example.com/\(String(repeating: "a", count: 9000))</url>"
        refused(Array(v4(long).utf8), "is longer than 8192 bytes")
    }

    @Test func tooManyMirrors() throws {
        let urls = (1...300).reversed().map { "<url priority='\($0)'>https://m\($0).example.com/a</url>" }.joined()
        let file = try metalink(v4(urls)).file()
        #expect(file.mirrors == (1...MetalinkMirrors.maximumCount).map { "https://m\($0).example.com/a" })
        #expect(file.notes == ["44 of 300 URLs are left out"])
    }

    @Test func severalFiles() throws {
        let bytes = try Fixtures.read("metalink/several.meta4")
        refused(bytes, "has 2 files; name one of: 'one.iso', 'two.iso'")
        let several = try Metalink(bytes, from: Self.url)
        #expect(try several.file(named: "two.iso").mirrors == ["https://one.example.com/two.iso"])
        let unknown = #expect(throws: DownloadError.self) { try several.file(named: "three.iso") }
        #expect(unknown?.message.contains("has no file 'three.iso'; name one of") == true)
    }

    /// A piece's hash, alone of its kind, is not the file's.
    @Test func piecesAreNoHashOfTheFile() throws {
        let pieces = "<pieces type='md5' length='5'><hash>\(md5)</hash></pieces>"
        for text in [v4(pieces + mirror), v3(pieces)] {
            let file = try metalink(text).file()
            #expect(file.checksums.isEmpty && file.pieces?.hashes == [md5])
        }
    }

    @Test(
        arguments: [
            ("a.iso", "a.iso"), ("folder/a.iso", "a.iso"), ("../../etc/passwd", "passwd"), ("c:\\windows\\a", "a"),
            ("..", nil), (".", nil), ("", nil), ("/", nil), (".hidden", nil), ("a&#10;b", nil), ("a\u{202E}b", nil),
            (String(repeating: "a", count: 256), nil),
        ] as [(String, String?)]
    )
    func names(_ written: String, _ name: String?) throws {
        #expect(try metalink(v4(mirror, name: written)).file().name == name)
    }

    @Test func origins() throws {
        let origin = URLOrigin("https://images.example.com/a")
        #expect(origin != nil && origin == URLOrigin("HTTPS://user@Images.example.com:443/other"))
        for other in ["http://images.example.com/", "https://images.example.com:8443/", "https://images.example.org/"] {
            #expect(URLOrigin(other) != origin)
        }
        for none in [
            "images.example.com", "https://", "ftp://host/a", "https://host:x/", "https://[::1/", "https://h:99999/",
        ] {
            #expect(URLOrigin(none) == nil, "\(none)")
        }
        #expect(URLOrigin("nfs://[::1]/a")?.port == 2049 && URLOrigin("http://[::1]:8/a")?.host == "::1")
    }

    @Test func recognised() throws {
        for name in Self.cases { #expect(Metalink.isDocument(try Fixtures.read(name)), "\(name)") }
        let image = [UInt8](repeating: 0, count: 4096)
        #expect(Metalink.isMetalink(url: "https://h/a.META4?x#y", contentType: nil, start: image))
        #expect(Metalink.isMetalink(url: "https://h/a.metalink", contentType: nil, start: image))
        #expect(
            Metalink.isMetalink(
                url: "https://h/a",
                contentType: "Application/Metalink4+XML; charset=utf-8",
                start: image
            )
        )
        #expect(Metalink.isMetalink(url: "https://h/a", contentType: "application/metalink+xml", start: image))
        #expect(Metalink.isMetalink(url: "https://h/a?b.meta4", contentType: "text/xml", start: Array(v4("").utf8)))
        #expect(Metalink.isDocument(#"<!DOCTYPE m [<!ENTITY a "b">]><!-- <a> -->"#.utf8 + Array(v3("").utf8)))
        for text in [
            "", "<", "<metalink", "<metalink>", "<a xmlns='urn:ietf:params:xml:ns:metalink'/>", "<metalinks xmlns='x'>",
            "text <metalink xmlns='urn:ietf:params:xml:ns:metalink'/>", "<!--", "<?xml", "<!DOCTYPE a [",
            String(repeating: " ", count: 1024) + v4(""),
        ] {
            #expect(
                !Metalink.isMetalink(url: "https://h/a?x.meta4", contentType: "text/xml", start: text.utf8),
                "\(text)"
            )
        }
        #expect(!Metalink.isDocument(image))
        #expect(!Metalink.isDocument(Array(v4("").utf8) + [0]))
    }

    /// Damaged documents are refused or read, and what is read keeps its promises.
    @Test(arguments: cases)
    func damaged(_ name: String) throws {
        let whole = try Fixtures.read(name)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let parts = [
            "<hash>", "</hash>", "<url>", "</file>", "&lt;", "\"", "-", "0", "]]>", "<!--", "\u{0}", "\u{FEFF}",
        ]
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0...random(3) {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random(40)))
                case 2: bytes.insert(contentsOf: Array(parts[random(parts.count)].utf8), at: place)
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random(200))], at: place)
                }
                if bytes.isEmpty { bytes = whole }
            }
            _ = Metalink.isDocument(bytes)
            guard let files = try? Metalink(bytes, from: Self.url).files else { continue }
            for file in files {
                #expect(file.mirrors.allSatisfy { URLOrigin($0) != nil })
                #expect(file.checksums.allSatisfy { $0.hex.utf8.count == $0.algorithm.digits })
                if let pieces = file.pieces, let size = file.size {
                    #expect(Int64(pieces.hashes.count - 1) * pieces.length < size)
                }
            }
        }
    }

    @Test func thereAreCases() { #expect(Self.cases.count == 8) }

    @Test(arguments: cases)
    func isTheGoldenOne(_ name: String) throws {
        let metalink = try Metalink(try Fixtures.read(name), from: Self.url)
        let files = try metalink.files.map { file in
            let chosen = try metalink.file(named: file.writtenName)
            var result: [String: Any] = [
                "checksums": chosen.checksums.map(\.text), "notes": chosen.notes, "urls": chosen.mirrors,
                "name": chosen.name ?? "none", "size": chosen.size ?? -1,
            ]
            if let pieces = chosen.pieces {
                result["pieces"] =
                    [
                        "algorithm": pieces.algorithm.name, "length": pieces.length, "hashes": pieces.hashes,
                    ] as [String: Any]
            }
            return result
        }
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let json = Array(try JSONSerialization.data(withJSONObject: files, options: options)) + [0x0A]
        if let complaint = try Fixtures.compare(json, name + ".json") { Issue.record("\(complaint)") }
    }
}
