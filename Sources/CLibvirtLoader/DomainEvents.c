#include "CLibvirtLoader.h"

#include <stdlib.h>

// What libvirt calls back with, each kind in a shape of its own, put into one.
struct subscription {
    hostler_event_handler handler;
    void *context;
    virFreeCallback release;
};

static void drop(void *opaque) {
    struct subscription *subscription = opaque;
    subscription->release(subscription->context);
    free(subscription);
}

static void tell(struct subscription *to, virDomainPtr domain, struct hostler_event event) {
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    if (virDomainGetUUIDString(domain, uuid) < 0) {
        return;
    }
    event.uuid = uuid;
    event.name = virDomainGetName(domain);
    to->handler(to->context, &event);
}

static int lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *opaque) {
    (void)connection;
    tell(opaque, domain, (struct hostler_event){.kind = VIR_DOMAIN_EVENT_ID_LIFECYCLE, .number = event, .detail = detail});
    return 0;
}

static void io_error(virConnectPtr connection, virDomainPtr domain, const char *source, const char *alias, int action,
                     const char *reason, void *opaque) {
    (void)connection;
    tell(opaque, domain, (struct hostler_event){.kind = VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, .number = action,
                                                .source = source, .alias = alias, .reason = reason});
}

static void metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *namespace, void *opaque) {
    (void)connection;
    tell(opaque, domain, (struct hostler_event){.kind = VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, .number = type,
                                                .source = namespace});
}

static void reboot(virConnectPtr connection, virDomainPtr domain, void *opaque) {
    (void)connection;
    tell(opaque, domain, (struct hostler_event){.kind = VIR_DOMAIN_EVENT_ID_REBOOT});
}

static int subscribe(virConnectPtr connection, int kind, virConnectDomainEventGenericCallback callback,
                     hostler_event_handler handler, void *context, virFreeCallback release) {
    struct subscription *opaque = malloc(sizeof *opaque);
    if (opaque == NULL) {
        abort();
    }
    *opaque = (struct subscription){handler, context, release};
    int number = virConnectDomainEventRegisterAny(connection, NULL, kind, callback, opaque, drop);
    if (number < 0) {
        drop(opaque);
    }
    return number;
}

int hostler_virSubscribe(virConnectPtr connection, int kind, hostler_event_handler handler, void *context,
                         virFreeCallback release) {
    switch (kind) {
    case VIR_DOMAIN_EVENT_ID_LIFECYCLE:
        return subscribe(connection, kind, VIR_DOMAIN_EVENT_CALLBACK(lifecycle), handler, context, release);
    case VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON:
        return subscribe(connection, kind, VIR_DOMAIN_EVENT_CALLBACK(io_error), handler, context, release);
    case VIR_DOMAIN_EVENT_ID_METADATA_CHANGE:
        return subscribe(connection, kind, VIR_DOMAIN_EVENT_CALLBACK(metadata), handler, context, release);
    case VIR_DOMAIN_EVENT_ID_REBOOT:
        return subscribe(connection, kind, VIR_DOMAIN_EVENT_CALLBACK(reboot), handler, context, release);
    default:
        release(context);
        return -1;
    }
}
