internal import Operations
internal import Provisioning

/// What `show` says of what is kept for a guest.
struct DriveReport: Encodable {
    struct File: Encodable {
        let directory: String
        let filename: String
    }

    let guest: String
    let uuid: String
    let connection: String
    /// The ISO, where it is when it is there.
    let path: String
    let pool: String?
    let exists: Bool
    let label: String?
    let hostname: String?
    /// In bytes; `nil` where there is none.
    let userData: Int?
    let vendorData: Int?
    let sshKeys: [String]
    let meta: [String: String]
    let vmData: [File]
    /// Whether there is one.
    let password: Bool
    /// `none`, `auto` or `file`.
    let network: String
    let networkFile: String?
    let windows: Bool?

    init(_ record: DriveRecord) throws(SystemError) {
        guest = record.guest
        uuid = record.uuid
        connection = record.uri
        path = record.path
        pool = record.pool
        exists = try Files.kind(record.path) == .file
        let data = record.data
        label = data.label
        hostname = data.hostname
        userData = data.userData?.count
        vendorData = data.vendorData?.count
        sshKeys = data.sshKeys
        meta = data.metadata
        vmData = data.vmData.map { File(directory: $0.directory, filename: $0.filename) }
        password = data.password != nil
        windows = data.isWindows
        switch data.network {
        case .none: (network, networkFile) = ("none", nil)
        case .auto: (network, networkFile) = ("auto", nil)
        case .file(let text): (network, networkFile) = ("file", String(decoding: text, as: UTF8.self))
        }
    }

    var text: String {
        var lines = [
            "\(guest) (\(uuid))",
            "  iso          \(path)\(pool.map { " (storage pool \($0))" } ?? "")\(exists ? "" : ", not there now")",
        ]
        func line(_ name: String, _ value: String?) {
            guard let value else { return }
            lines.append("  \(name)\(String(repeating: " ", count: max(13 - name.count, 1)))\(value)")
        }
        line("label", label)
        line("hostname", hostname)
        line("user data", userData.map { "\($0) bytes" })
        line("vendor data", vendorData.map { "\($0) bytes" })
        for key in sshKeys { line("ssh key", key) }
        for (key, value) in meta.sorted(by: { $0.key < $1.key }) { line("meta", "\(key)=\(value)") }
        for file in vmData { line("vm data", "\(file.directory)/\(file.filename)") }
        line("password", password ? "set" : nil)
        line("windows", windows.map { $0 ? "yes" : "no" })
        line("network", network)
        lines += (networkFile ?? "").split(whereSeparator: \.isNewline).map { "    " + $0 }
        return lines.map { Terminal.oneLine($0) + "\n" }.joined()
    }
}
