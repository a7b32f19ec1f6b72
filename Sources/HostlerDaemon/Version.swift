/// The version of the daemon; `hostler` and `hostler-hook` have the same.
enum Version {
    static let text = "0.1.0"
}
