/// How an image is laid out.
public struct ImageFormat: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let qcow2 = ImageFormat(rawValue: "qcow2")
    public static let raw = ImageFormat(rawValue: "raw")
    /// ISO 9660 or UDF; a hybrid that also boots from a disk counts as one.
    public static let iso = ImageFormat(rawValue: "iso")
    public static let vmdk = ImageFormat(rawValue: "vmdk")
    public static let vhdx = ImageFormat(rawValue: "vhdx")
    /// VHD, by QEMU's name.
    public static let vpc = ImageFormat(rawValue: "vpc")
    public static let vdi = ImageFormat(rawValue: "vdi")

    public static let all: [ImageFormat] = [.qcow2, .raw, .iso, .vmdk, .vhdx, .vpc, .vdi]

    public var description: String { rawValue }

    /// The driver that QEMU reads it with.
    public var driver: String { self == .iso ? Self.raw.rawValue : rawValue }

    /// - Parameter name: of a format, in any case; `vhd` is one too.
    /// - Throws: `badInput` for an unknown one.
    public init(named name: String) throws(DownloadError) {
        let lower = name.lowercased()
        guard let found = Self.all.first(where: { $0.rawValue == (lower == "vhd" ? "vpc" : lower) }) else {
            let known = Self.all.map(\.rawValue).joined(separator: ", ")
            throw DownloadError(
                .badInput,
                "\(DownloadError.quoted(name)) is not a format of images; known are \(known)"
            )
        }
        self = found
    }
}

extension ImageFormat {
    /// Tells the format of a file by its content.
    ///
    /// A raw image has no mark of its own: it is taken for one where it begins as a disk or a file system does, or where
    /// `declared` says that it is. What is a document rather than an image is refused in any case.
    ///
    /// - Parameter declared: what it has to be; `nil` for whatever it is.
    /// - Throws: `badImage` where it is none, or another one than declared; `fileSystem`.
    public static func detect(_ path: String, declared: ImageFormat? = nil) throws(DownloadError) -> ImageFormat {
        let image = try ImageBytes(path)
        if image.size == 0 { throw DownloadError(.badImage, "the image is empty; check the URL") }
        let found = try marked(image)
        if let declared {
            // An ISO may be asked for as a raw disk: QEMU reads both alike.
            let isRaw = declared == .raw && (found == nil || found == .raw || found == .iso)
            if isRaw || found == declared {
                if found == nil { try refuseDocument(image) }
                return declared
            }
            if found == nil { try refuseText(image) }
            let what = found?.rawValue ?? "nothing that is known"
            throw DownloadError(
                .badImage,
                "the image is not \(declared.rawValue) but \(what) by its content; check the URL, or ask for another format"
            )
        }
        if let found { return found }
        try refuseText(image)
        throw DownloadError(
            .badImage,
            "the content is no image that is known: it begins with \(try begin(image)); "
                + "check the URL, or ask for it with the format raw if it is a raw disk"
        )
    }

    private static func marked(_ image: borrowing ImageBytes) throws(DownloadError) -> ImageFormat? {
        if try image.has([0x51, 0x46, 0x49, 0xFB], at: 0) { return .qcow2 }
        for mark in ["KDMV", "# Disk DescriptorFile"] where try image.has(mark.utf8, at: 0) { return .vmdk }
        if try image.has("vhdxfile".utf8, at: 0) { return .vhdx }
        if try image.has([0x7F, 0x10, 0xDA, 0xBE], at: 0x40) { return .vdi }
        // Both begin and end of a dynamic VHD, and the end of a fixed one, which begins as a raw disk does.
        for offset in [0, image.size - 512] where try image.has("conectix".utf8, at: offset) { return .vpc }
        if try isISO(image) { return .iso }
        return try isDisk(image) ? .raw : nil
    }

    /// Volume descriptors (ECMA-119, 8; ECMA-167 part 2, 9) begin at byte 32768, 2048 each.
    private static func isISO(_ image: borrowing ImageBytes) throws(DownloadError) -> Bool {
        let names = ["CD001", "NSR02", "NSR03", "BEA01"]
        for sector in Int64(16)..<24 {
            let name = try image.read(at: sector * 2048 + 1, 5)
            if names.contains(where: { name.elementsEqual($0.utf8) }) { return true }
        }
        return false
    }

    /// Partition tables, and file systems and volumes without one.
    private static let disks: [(bytes: [UInt8], offset: Int64)] = [
        ([0x55, 0xAA], 510),
        (Array("EFI PART".utf8), 512),
        (Array("EFI PART".utf8), 4096),
        ([0x53, 0xEF], 0x438),
        (Array("XFSB".utf8), 0),
        (Array("_BHRfS_M".utf8), 0x10040),
        ([0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE], 0),
        (Array("LABELONE".utf8), 512),
        (Array("LABELONE".utf8), 0),
        (Array("hsqs".utf8), 0),
        ([0xE2, 0xE1, 0xF5, 0xE0], 1024),
        ([0x10, 0x20, 0xF5, 0xF2], 1024),
        (Array("SWAPSPACE2".utf8), 4086),
        ([0x57, 0x45, 0x56, 0x82], 512),
    ]

    private static func isDisk(_ image: borrowing ImageBytes) throws(DownloadError) -> Bool {
        for mark in disks where try image.has(mark.bytes, at: mark.offset) { return true }
        return false
    }

    // MARK: What is no image

    private static func refuseDocument(_ image: borrowing ImageBytes) throws(DownloadError) {
        let head = try image.read(at: 0, 512)
        let text = String(decoding: head, as: UTF8.self).lowercased()
        let start = text.unicodeScalars.drop(while: { $0.properties.isWhitespace || $0.value == 0xFEFF })
        let shown = String(String.UnicodeScalarView(start))
        let documents = ["<!doctype", "<html", "<head", "<?xml", "<metalink", "<error", "<svg"]
        if documents.contains(where: { shown.hasPrefix($0) }) {
            throw DownloadError(
                .badImage,
                "the content is a web page or XML document, not an image: "
                    + "it begins with '\(DisplayURL.printable(shown.prefix(40)))'; check the URL and its headers"
            )
        }
    }

    private static func refuseText(_ image: borrowing ImageBytes) throws(DownloadError) {
        try refuseDocument(image)
        let head = try image.read(at: 0, 512)
        let isText = head.allSatisfy { $0 == 9 || $0 == 10 || $0 == 13 || (0x20...0x7E).contains($0) || $0 >= 0x80 }
        let foreign = head.count(where: { $0 >= 0x80 })
        if isText && foreign * 4 < head.count {
            throw DownloadError(
                .badImage,
                "the content is text, not an image: it begins with "
                    + "'\(DisplayURL.printable(String(decoding: head.prefix(40), as: UTF8.self)))'; check the URL"
            )
        }
    }

    private static func begin(_ image: borrowing ImageBytes) throws(DownloadError) -> String {
        if try image.has([0x7F, 0x45, 0x4C, 0x46], at: 0) { return "an ELF program" }
        return "the bytes " + hexadecimal(try image.read(at: 0, 8))
    }
}
