import Testing

@testable import HostlerDaemon

@Suite("bytes of requests")
struct ByteBudgetTests {
    @Test("what one request has, others cannot have, until it is done")
    func shared() {
        let budget = ByteBudget(10)
        var one = ByteBudget.Reservation(budget)
        var two = ByteBudget.Reservation(budget)
        var taken = [one.take(6), two.take(5), two.take(4), one.take(1)]
        #expect(taken == [true, false, true, false])
        two.release()
        taken = [one.take(4)]
        one.release()
        one.release()
        taken += [two.take(10), one.take(1)]
        #expect(taken == [true, true, false])
    }
}
