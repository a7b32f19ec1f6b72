/// Names like `vda` and `sdaa`: a prefix and a number in letters.
enum TargetName {
    private static let prefixes = ["fd", "hd", "vd", "sd", "xvd", "ubd"]

    /// The number behind the name: `sda` is 0, `sdz` 25, `sdaa` 26. `nil` for a name that libvirt does not count either
    /// (`virDiskNameParse`); a partition number behind the letters is ignored.
    static func index(of name: String) -> Int? {
        guard let prefix = prefixes.first(where: { name.hasPrefix($0) }) else { return nil }
        var index = 0
        var letters = 0
        var rest = name.dropFirst(prefix.count).utf8
        while let letter = rest.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) {
            index = (index + (letters == 0 ? 0 : 1)) * 26 + Int(letter - UInt8(ascii: "a"))
            letters += 1
            rest = rest.dropFirst()
            if letters > 6 { return nil }
        }
        let isNumber = rest.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return letters > 0 && isNumber ? index : nil
    }

    /// The name with that number: the inverse of ``index(of:)``.
    static func name(prefix: String, index: Int) -> String {
        var letters: [UInt8] = []
        var rest = index
        repeat {
            letters.append(UInt8(ascii: "a") + UInt8(rest % 26))
            rest = rest / 26 - 1
        } while rest >= 0
        return prefix + String(decoding: letters.reversed(), as: UTF8.self)
    }

    /// The name with the wished number, or else the first that is free.
    static func free(prefix: String, wished: Int?, taken: Set<String>) -> String {
        if let wished {
            let name = name(prefix: prefix, index: wished)
            if !taken.contains(name) { return name }
        }
        var index = 0
        while taken.contains(name(prefix: prefix, index: index)) { index += 1 }
        return name(prefix: prefix, index: index)
    }
}
