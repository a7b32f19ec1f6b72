extension DownloadError.Code {
    /// A program of the system that is needed is not there.
    package static let missingProgram = DownloadError.Code(rawValue: "missing-program")
    /// The server does not serve parts of the file.
    package static let noRanges = DownloadError.Code(rawValue: "no-ranges")
    /// Something else is served to the guest, which may still read it.
    package static let inUse = DownloadError.Code(rawValue: "in-use")
}
