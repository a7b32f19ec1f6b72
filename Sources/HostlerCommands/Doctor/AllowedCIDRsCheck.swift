internal import Operations
internal import Provisioning

/// Whether the networks that images may come from can be read and understood.
enum AllowedCIDRsCheck {
    private static let check = "allowed-cidrs"

    static func run(path: String = AllowedCIDRs.path) -> Finding {
        do {
            let networks = try AllowedCIDRs.ofThisHost(path: path)
            var settings = DownloadSettings()
            settings.allowedCIDRs = networks
            _ = try ImageFetch(settings)
            if networks.isEmpty {
                return .ok(
                    check,
                    "no template is fetched from this host itself, its links or a cloud's metadata server"
                )
            }
            return .ok(check, "templates may come from \(networks.joined(separator: ", ")) too")
        } catch {
            let reason = OperationError(wrapping: error)?.description ?? String(describing: error)
            return .fail(check, reason, mend: "correct \(path); until then no template is fetched")
        }
    }
}
