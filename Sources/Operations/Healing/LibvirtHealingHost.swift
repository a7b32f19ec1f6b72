internal import DomainXML
internal import Foundation
package import LibvirtClient
internal import Provisioning

/// The guests of a libvirt.
package struct LibvirtHealingHost: HealingHost {
    private let worker: LibvirtWorker

    package init(_ worker: LibvirtWorker) { self.worker = worker }

    package func status(of uuid: String) async throws -> DomainStatus? {
        try await worker.run { connection in
            do throws(LibvirtError) { return try connection.domain(uuid: uuid).status() } catch {
                if error.code == .noDomain { return nil }
                throw error
            }
        }
    }

    package func brokenMedium(of uuid: String) async throws -> BrokenMedium? {
        try await worker.run { connection in
            let domain = try connection.domain(uuid: uuid)
            let failed = try domain.diskErrors()
            let summary = try DomainTransformer.inspect(try domain.xml(inactive: false, secure: false))
            return Self.brokenMedium(summary, failed)
        }
    }

    /// - Parameter failed: target names.
    static func brokenMedium(_ summary: DomainSummary, _ failed: [String]) -> BrokenMedium? {
        guard let device = summary.devices.first(where: { $0.role == "httpsisoboot" && failed.contains($0.target) }),
            let url = summary.properties.first(where: { $0.name == "httpsisoboot" })?.value
        else { return nil }
        return BrokenMedium(
            url: url,
            isVerified: summary.properties.first { $0.name == "httpsisoboot_sslverify" }?.value != "no",
            bus: device.bus,
            others: failed.filter { $0 != device.target }
        )
    }

    package func resume(_ uuid: String) async throws {
        try await worker.run { connection in try connection.domain(uuid: uuid).resume() }
    }
}

/// Reads a little, as QEMU's curl driver does.
package struct URLHealingProbe: HealingProbe {
    package init() {}

    package func problem(with medium: BrokenMedium) async -> String? {
        await withCheckedContinuation { done in
            // libcurl waits, so it gets a thread of its own.
            DispatchQueue.global().async {
                do throws(URLProbeError) {
                    _ = try URLProbe.probe(medium.url, verify: medium.isVerified)
                    done.resume(returning: nil)
                } catch {
                    done.resume(returning: error.message)
                }
            }
        }
    }
}
