/// Times as ISO 9660 has them.
enum ISODate {
    /// In seconds since 1970: directory records count years from 1900 in one byte, so that 2155 is the last.
    static let range = 0...5_869_583_999

    /// `YYYYMMDDhhmmsscc` in UTC (ECMA-119, 8.4.26.1).
    static func digits(_ seconds: Int) -> String {
        let days = seconds / 86400
        let rest = seconds % 86400
        // The Gregorian calendar repeats itself every 400 years of 146,097 days, counted here from 1 March of the year 0.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return padded(year, 4)
            + [month, day, rest / 3600, rest / 60 % 60, rest % 60, 0].map { padded($0, 2) }.joined()
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
