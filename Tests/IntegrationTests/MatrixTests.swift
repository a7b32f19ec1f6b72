import Foundation
import Synchronization
import Testing

/// Law 3, 4 and 5 of the engine on many real domains, with a real libvirt as the judge.
@Suite(.enabled(if: PrivateLibvirt.isHere, PrivateLibvirt.absence))
struct MatrixTests {
    /// Domains that virt-install makes; of what it or libvirt refuse without us, there is to be little.
    @Test func generated() throws {
        let (samples, refusals) = try Sample.generated()
        let outcome = run(samples)
        print(
            "matrix: \(samples.count + refusals.count) domains, \(refusals.count) refused by virt-install, "
                + "\(outcome.refused) by libvirt, \(outcome.failed) failed, \(outcome.passed) passed"
        )
        #expect(outcome.failed == 0)
        #expect(outcome.passed > 400)
        #expect(outcome.refused + refusals.count < (samples.count + refusals.count) / 8)
    }

    /// Domains that are hard on purpose; libvirt takes each of them.
    @Test func written() throws {
        let samples = try Sample.fixtures()
        // CloudStack's two <devices> and KubeVirt's empty elements are against the schema.
        let outcome = run(samples, validating: false)
        print("fixtures: \(samples.count) domains, \(outcome.failed) failed, \(outcome.passed) passed")
        #expect(outcome.passed == samples.count)
    }

    /// Disks of secrets and pools that are not there: libvirt defines them, but cannot say what QEMU would be told.
    @Test func unresolved() throws {
        let samples = try Sample.unresolved()
        #expect(samples.count == 4)
        for sample in samples {
            let libvirt = try Libvirt()
            let dumped = try libvirt.define(sample.xml)
            let artefacts = ["template": Trial.image]
            let properties = ["template": "https://srv:8443/t.qcow2"]
            let set = try libvirt.define(Trial.transform(dumped, properties, artefacts: artefacts))
            #expect(String(decoding: set, as: UTF8.self).contains("<source file='\(Trial.image)'/>"), "\(sample.name)")
            #expect(try Trial.transform(set, properties) == set, "\(sample.name)")
            let undone = try Trial.unset(set, ["template"])
            #expect(Comparison.difference(undone, dumped) == nil, "\(sample.name)")
            #expect(try libvirt.define(undone) == dumped, "\(sample.name)")
        }
    }

    private struct Outcome {
        var passed = 0
        var failed = 0
        var refused = 0
    }

    /// Tries all, a few at a time, since most of the time is libvirtd's.
    private func run(_ samples: [Sample], validating: Bool = true) -> Outcome {
        let outcome = Mutex(Outcome())
        let messages = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: samples.count) { index in
            let sample = samples[index]
            let failures: [String]
            do {
                let libvirt = try Libvirt()
                libvirt.validates = validating || (try? libvirt.define(sample.xml)) != nil
                var trial = try Trial(sample.xml, libvirt)
                trial.run()
                failures = trial.failures
                outcome.withLock { if failures.isEmpty { $0.passed += 1 } else { $0.failed += 1 } }
            } catch {
                outcome.withLock { $0.refused += 1 }
                failures = ["refused before anything was changed: \(error)"]
            }
            messages.withLock { list in list += failures.map { "\(sample.name): \($0)" } }
        }
        for message in messages.withLock({ $0.sorted() }) {
            if message.contains(": refused before") { print(message) } else { Issue.record("\(message)") }
        }
        return outcome.withLock { $0 }
    }
}
