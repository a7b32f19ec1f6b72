/// Amounts as people write them.
enum Size {
    /// In decimal units, three digits: `1.23 GB`.
    static func text(_ bytes: Int64) -> String {
        var value = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1000 { return rounded(value, unit == "B") + " " + unit }
            value /= 1000
        }
        return rounded(value, false) + " TB"
    }

    private static func rounded(_ value: Double, _ isWhole: Bool) -> String {
        if isWhole || value >= 100 { return "\(Int(value))" }
        let tenths = value >= 10 ? 10.0 : 100.0
        let scaled = Int(value * tenths)
        let fraction = "\(scaled % Int(tenths))"
        return
            "\(scaled / Int(tenths)).\(String(repeating: "0", count: (tenths == 10 ? 1 : 2) - fraction.count))\(fraction)"
    }

    static func duration(seconds: Int) -> String {
        let (minutes, rest) = (seconds / 60, seconds % 60)
        let padded = rest < 10 ? "0\(rest)" : "\(rest)"
        return minutes < 60 ? "\(minutes):\(padded)" : "\(minutes / 60) h \(minutes % 60) min"
    }
}
