internal import Foundation
internal import Provisioning

/// Whether hostlerd runs and can reach libvirt. A host may do without it.
enum DaemonCheck {
    private static let check = "hostlerd"

    private struct Health: Decodable {
        let libvirt: String
        let guests: Int
    }

    static func run(socket: String) -> Finding {
        let answer: LocalRequest.Answer
        do throws(LocalRequest.Failure) { answer = try LocalRequest.get(socket: socket, target: "/health") } catch {
            if !error.isAbsent { return .fail(check, error.message, mend: "systemctl status hostlerd") }
            return .warn(
                check,
                "it does not run, so nobody keeps the guests' states, resumes guests or keeps certificates in step",
                mend: "systemctl enable --now hostlerd where you want that"
            )
        }
        do {
            let health = try JSONDecoder().decode(Health.self, from: Data(answer.body))
            let guests = "\(health.guests) guest\(health.guests == 1 ? "" : "s")"
            if answer.status == 200 { return .ok(check, "it runs, and looks after \(guests)") }
            return .fail(check, "it does not reach libvirt: \(health.libvirt)", mend: "journalctl -u hostlerd -n 20")
        } catch {
            return .fail(check, "\(socket) answers, but not as hostlerd does", mend: "systemctl restart hostlerd")
        }
    }
}
