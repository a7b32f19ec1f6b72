/// Passwords that can be read aloud and typed on any keyboard.
package enum GeneratedPassword {
    /// Without what looks alike: 0 and O, 1, l and I.
    private static let letters = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")

    package static func make(length: Int) -> String {
        // On Linux, getrandom(2).
        var generator = SystemRandomNumberGenerator()
        while true {
            let password = String((0..<length).map { _ in letters.randomElement(using: &generator) ?? "x" })
            // What password policies ask for, Windows' among them.
            let kinds: [(Character) -> Bool] = [{ $0.isLowercase }, { $0.isUppercase }, { $0.isNumber }]
            if kinds.allSatisfy({ password.contains(where: $0) }) { return password }
        }
    }
}
