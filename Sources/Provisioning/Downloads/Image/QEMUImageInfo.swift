internal import FoundationEssentials

/// What `qemu-img info --output=json` says, of which no more is read than is looked at.
struct QEMUImageInfo: Decodable, Equatable {
    let format: String
    /// In bytes.
    let virtualSize: Int64
    let backingFilename: String?
    let specific: Specific?

    struct Specific: Decodable, Equatable {
        let data: Details?
    }

    struct Details: Decodable, Equatable {
        let dataFile: String?
        let isCorrupt: Bool?
        let extents: [Extent]?

        private enum CodingKeys: String, CodingKey {
            case dataFile = "data-file"
            case isCorrupt = "corrupt"
            case extents
        }
    }

    struct Extent: Decodable, Equatable {
        let filename: String
    }

    private enum CodingKeys: String, CodingKey {
        case format
        case virtualSize = "virtual-size"
        case backingFilename = "backing-filename"
        case specific = "format-specific"
    }

    init(_ json: [UInt8]) throws(DownloadError) {
        do { self = try JSONDecoder().decode(QEMUImageInfo.self, from: Data(json)) } catch {
            throw DownloadError(.other, "qemu-img info does not say what is known of its answers; update qemu-utils")
        }
    }
}
