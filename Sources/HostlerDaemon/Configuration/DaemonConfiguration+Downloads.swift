internal import Provisioning

extension DaemonConfiguration {
    /// What the keys `templates.…` say of downloads.
    ///
    /// - Parameter base: what is not theirs to say.
    func downloads(_ base: DownloadSettings) -> DownloadSettings {
        var settings = base
        settings.connectTimeout = seconds("templates.connect_timeout")
        settings.idleTimeout = seconds("templates.idle_timeout")
        settings.totalTimeout = seconds("templates.total_timeout")
        settings.connections = number("templates.connections")
        settings.maximumSize = Int64(number("templates.maximum_size"))
        let proxy = text("templates.proxy")
        if !proxy.isEmpty { settings.proxy = proxy }
        return settings
    }
}
