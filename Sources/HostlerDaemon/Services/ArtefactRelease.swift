package import LibvirtClient
package import Logging
package import Operations
internal import ServiceLifecycle
internal import Synchronization

/// Removes config drives, what they were made of, and copies of templates of guests that have been gone for a while: as
/// `hostler config-drive prune` and `hostler template prune`. Disks of guests stay.
package final class ArtefactRelease: Service {
    private let worker: LibvirtWorker
    private let state: HostState
    private let delay: @Sendable () -> Duration
    private let logger: Logger
    private let wishes: AsyncStream<Void>
    private let queue: AsyncStream<Void>.Continuation
    /// When each thing that nobody needs was first seen to be so.
    private let seen = Mutex<[String: ContinuousClock.Instant]>([:])

    /// - Parameter delay: some tools undefine a guest only to define it again.
    package init(
        worker: LibvirtWorker,
        state: HostState,
        delay: @escaping @Sendable () -> Duration,
        logger: Logger
    ) {
        self.worker = worker
        self.state = state
        self.delay = delay
        self.logger = logger
        (wishes, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// A guest may be gone.
    package func look() { queue.yield() }

    /// Guests that go together are looked at together.
    private static let settling = Duration.seconds(1)

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in self.wishes {
                        do { try await Task.sleep(for: Self.settling) } catch { return }
                        await self.release()
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        do { try await Task.sleep(for: min(self.delay() / 4, .seconds(60))) } catch { return }
                        if self.seen.withLock({ !$0.isEmpty }) { self.look() }
                    }
                }
            }
        }
    }

    private func release() async {
        do {
            let answer = try await worker.run { connection -> Answer? in
                guard try Host.runsGuests(of: connection) else { return nil }
                return Answer(
                    guests: Set(try connection.domains().map { try $0.uuid().lowercased() }),
                    drives: try DriveOrphans(state: self.state, connection),
                    servers: try ISOServers.leftovers(connection)
                )
            }
            // A pool that does not answer does not keep others from libvirt.
            if let answer { try await offPoolUntilCancelled { try self.release(answer) } }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("what guests that are gone have left cannot be looked for: \(GuestWatch.sentence(error))")
        }
    }

    /// What libvirt says.
    private struct Answer: Sendable {
        let guests: Set<String>
        let drives: DriveOrphans
        let servers: [Leftover]
    }

    private func release(_ answer: Answer) throws {
        let maintenance = try state.openIfPresent().map {
            TemplateMaintenance(state: state, records: TemplateRecords(store: $0))
        }
        let leftovers =
            try answer.drives.found() + (maintenance?.leftovers(guests: answer.guests) ?? []) + answer.servers
        let due = due(leftovers.map(\.report.what))
        for leftover in leftovers where due.contains(leftover.report.what) {
            // One that cannot be removed is no reason to leave the others.
            do {
                try leftover.remove()
                logger.info("removed \(leftover.report.what): \(leftover.report.reason)")
            } catch {
                logger.warning("\(leftover.report.what) cannot be removed: \(GuestWatch.sentence(error))")
            }
        }
    }

    /// Those of what nobody needs now that nobody has needed for ``delay``.
    private func due(_ orphans: [String]) -> Set<String> {
        let (now, delay) = (ContinuousClock.now, delay())
        return seen.withLock { seen in
            seen = Dictionary(orphans.map { ($0, seen[$0] ?? now) }) { first, _ in first }
            return Set(seen.filter { now - $0.value >= delay }.keys)
        }
    }
}
