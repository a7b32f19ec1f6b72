/// Dates as requests and answers have them, in milliseconds since 1970 UTC.
///
/// Without Foundation's formatters, which follow locales and are slow to make.
package enum APIDate {
    private static let second = 1000
    private static let day = 86_400

    /// `2026-11-20T21:54:42+0000`, as CloudStack writes every date; what is below a second is cut off.
    package static func text(_ milliseconds: Int) -> String {
        let seconds = floorDivide(milliseconds, second)
        let days = floorDivide(seconds, day)
        let rest = seconds - days * day
        let date = civil(days)
        let time = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return "\(digits(date.year, 4))-\(two(date.month))-\(two(date.day))T\(time)+0000"
    }

    /// A moment with its zone, as `expires` gives it: `2030-01-01T12:00:00+0530`, with `+05:30` or `Z` as the zone,
    /// CloudStack's old `Z+0530`, and fractions of a second.
    ///
    /// - Returns: `nil` where `text` is not such a moment; one without a zone could be any of a day's hours.
    package static func moment(_ text: String) -> Int? {
        var reader = Reader(text)
        guard let date = reader.date(), reader.take("T") || reader.take("t"), let time = reader.time(),
            let offset = reader.zone(), reader.isAtEnd
        else { return nil }
        return date + time - offset
    }

    /// A date as the filters of lists have it: a moment, or `2026-11-20`, `2026-11-20 21:54:42` and
    /// `2026-11-20T21:54:42` in UTC.
    ///
    /// - Parameter endsDay: whether a date without a time stands for the last millisecond of its day.
    /// - Returns: `nil` where `text` is no date.
    package static func filter(_ text: String, endsDay: Bool = false) -> Int? {
        if let moment = moment(text) { return moment }
        var reader = Reader(text)
        guard let date = reader.date() else { return nil }
        if reader.isAtEnd { return endsDay ? date + day * second - 1 : date }
        guard reader.take(" ") || reader.take("T"), let time = reader.time(), reader.isAtEnd else { return nil }
        return date + time
    }

    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard let first = rest.first, UInt32(first) == character.value else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ count: Int, _ range: ClosedRange<Int>) -> Int? {
            guard rest.count >= count else { return nil }
            var number = 0
            for byte in rest.prefix(count) {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = number * 10 + Int(byte) - 0x30
            }
            rest.removeFirst(count)
            return range.contains(number) ? number : nil
        }

        mutating func date() -> Int? {
            guard let year = number(4, 1970...9999), take("-"), let month = number(2, 1...12), take("-"),
                let day = number(2, 1...31)
            else { return nil }
            let days = APIDate.days(year, month, day)
            // The 31st of a month that has none would be a day of the next.
            return civil(days).day == day ? days * APIDate.day * second : nil
        }

        /// A leap second counts as the one before it.
        mutating func time() -> Int? {
            guard let hour = number(2, 0...23), take(":"), let minute = number(2, 0...59), take(":"),
                let seconds = number(2, 0...60)
            else { return nil }
            var milliseconds = (hour * 3600 + minute * 60 + min(seconds, 59)) * second
            if take(".") || take(",") {
                let fraction = rest.prefix { (0x30...0x39).contains($0) }
                if fraction.isEmpty { return nil }
                var factor = 100
                for byte in fraction {
                    milliseconds += (Int(byte) - 0x30) * factor
                    factor /= 10
                }
                rest.removeFirst(fraction.count)
            }
            return milliseconds
        }

        /// How far the zone is ahead of UTC.
        mutating func zone() -> Int? {
            if take("Z") || take("z"), isAtEnd { return 0 }
            let isAhead = take("+")
            guard isAhead || take("-"), let hours = number(2, 0...18) else { return nil }
            _ = take(":")
            guard let minutes = number(2, 0...59) else { return nil }
            let offset = (hours * 3600 + minutes * 60) * second
            return isAhead ? offset : -offset
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, by counting in years that begin with March, so that the leap day
    /// is a year's last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let era = floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : (number + 1) / divisor - 1
    }

    private static func two(_ number: Int) -> String { digits(number, 2) }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
