// asprintf is a GNU extension.
#define _GNU_SOURCE

// libvirt's functions under their own names, found in the library when they are first called.
//
// Linking libvirt costs every command some 9 ms at its start, for 57 libraries, those too that never speak to it
// (`hostler transform`), and would keep the program from starting where there is none.
#include "CLibvirtLoader.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *library;
static char *problem;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    library = dlopen("libvirt.so.0", RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL && asprintf(&problem, "%s", dlerror()) < 0) {
        abort();
    }
}

const char *hostler_virLoad(void) {
    pthread_once(&once, load);
    return problem;
}

// All of them are in every libvirt.so.0 since 1.2, so that a missing one is a broken installation.
static void *find(const char *name) {
    void *symbol = hostler_virLoad() == NULL ? dlsym(library, name) : NULL;
    if (symbol == NULL) {
        fprintf(stderr, "hostler: libvirt.so.0 has no %s: reinstall libvirt's client library\n", name);
        exit(69);
    }
    return symbol;
}

#define FORWARD(type, name, parameters, arguments) \
    type name parameters { \
        static type(*real) parameters; \
        if (real == NULL) { \
            real = (type(*) parameters)find(#name); \
        } \
        return real arguments; \
    }

FORWARD(int, virGetVersion, (unsigned long *version, const char *type, unsigned long *typeVersion),
        (version, type, typeVersion))
FORWARD(virErrorPtr, virGetLastError, (void), ())

FORWARD(int, virConnectClose, (virConnectPtr connection), (connection))
FORWARD(char *, virConnectGetURI, (virConnectPtr connection), (connection))
FORWARD(char *, virConnectGetHostname, (virConnectPtr connection), (connection))
FORWARD(int, virConnectGetVersion, (virConnectPtr connection, unsigned long *version), (connection, version))
FORWARD(int, virConnectGetLibVersion, (virConnectPtr connection, unsigned long *version), (connection, version))
FORWARD(int, virConnectListAllDomains, (virConnectPtr connection, virDomainPtr **domains, unsigned int flags),
        (connection, domains, flags))

FORWARD(virDomainPtr, virDomainLookupByName, (virConnectPtr connection, const char *name), (connection, name))
FORWARD(virDomainPtr, virDomainLookupByUUIDString, (virConnectPtr connection, const char *uuid), (connection, uuid))
FORWARD(virDomainPtr, virDomainLookupByID, (virConnectPtr connection, int id), (connection, id))
FORWARD(virDomainPtr, virDomainDefineXMLFlags, (virConnectPtr connection, const char *xml, unsigned int flags),
        (connection, xml, flags))
FORWARD(virDomainPtr, virDomainCreateXML, (virConnectPtr connection, const char *xml, unsigned int flags),
        (connection, xml, flags))

FORWARD(int, virEventRegisterDefaultImpl, (void), ())
FORWARD(int, virEventRunDefaultImpl, (void), ())
FORWARD(int, virConnectSetKeepAlive, (virConnectPtr connection, int interval, unsigned int count),
        (connection, interval, count))
FORWARD(int, virConnectIsAlive, (virConnectPtr connection), (connection))
FORWARD(int, virConnectRegisterCloseCallback,
        (virConnectPtr connection, virConnectCloseFunc callback, void *opaque, virFreeCallback release),
        (connection, callback, opaque, release))
FORWARD(int, virConnectUnregisterCloseCallback, (virConnectPtr connection, virConnectCloseFunc callback),
        (connection, callback))
FORWARD(int, virConnectDomainEventRegisterAny,
        (virConnectPtr connection, virDomainPtr domain, int kind, virConnectDomainEventGenericCallback callback,
         void *opaque, virFreeCallback release),
        (connection, domain, kind, callback, opaque, release))
FORWARD(int, virConnectDomainEventDeregisterAny, (virConnectPtr connection, int number), (connection, number))
FORWARD(int, virNodeGetInfo, (virConnectPtr connection, virNodeInfoPtr info), (connection, info))

FORWARD(int, virDomainFree, (virDomainPtr domain), (domain))
FORWARD(const char *, virDomainGetName, (virDomainPtr domain), (domain))
FORWARD(int, virDomainGetUUIDString, (virDomainPtr domain, char *uuid), (domain, uuid))
FORWARD(char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags))
FORWARD(int, virDomainGetState, (virDomainPtr domain, int *state, int *reason, unsigned int flags),
        (domain, state, reason, flags))
FORWARD(int, virDomainIsActive, (virDomainPtr domain), (domain))
FORWARD(int, virDomainIsPersistent, (virDomainPtr domain), (domain))
FORWARD(int, virDomainHasManagedSaveImage, (virDomainPtr domain, unsigned int flags), (domain, flags))
FORWARD(int, virDomainCreateWithFlags, (virDomainPtr domain, unsigned int flags), (domain, flags))
FORWARD(int, virDomainUpdateDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, flags))

FORWARD(int, virDomainGetInfo, (virDomainPtr domain, virDomainInfoPtr info), (domain, info))
FORWARD(int, virDomainResume, (virDomainPtr domain), (domain))
FORWARD(int, virDomainSuspend, (virDomainPtr domain), (domain))
FORWARD(int, virDomainShutdown, (virDomainPtr domain), (domain))
FORWARD(int, virDomainReboot, (virDomainPtr domain, unsigned int flags), (domain, flags))
FORWARD(int, virDomainDestroyFlags, (virDomainPtr domain, unsigned int flags), (domain, flags))
FORWARD(int, virDomainGetDiskErrors,
        (virDomainPtr domain, virDomainDiskErrorPtr errors, unsigned int count, unsigned int flags),
        (domain, errors, count, flags))

FORWARD(virStoragePoolPtr, virStoragePoolLookupByName, (virConnectPtr connection, const char *name), (connection, name))
FORWARD(int, virStoragePoolFree, (virStoragePoolPtr pool), (pool))
FORWARD(int, virStoragePoolIsActive, (virStoragePoolPtr pool), (pool))
FORWARD(int, virStoragePoolRefresh, (virStoragePoolPtr pool, unsigned int flags), (pool, flags))
FORWARD(char *, virStoragePoolGetXMLDesc, (virStoragePoolPtr pool, unsigned int flags), (pool, flags))

virConnectPtr hostler_virConnectOpen(const char *uri) {
    virConnectPtr (*open)(const char *, virConnectAuthPtr, unsigned int) =
        (virConnectPtr(*)(const char *, virConnectAuthPtr, unsigned int))find("virConnectOpenAuth");
    virConnectAuthPtr *authentication = find("virConnectAuthPtrDefault");
    return open(uri, *authentication, 0);
}

static void ignore(void *context, virErrorPtr error) {
    (void)context;
    (void)error;
}

void hostler_virSilence(void) {
    void (*set)(void *, virErrorFunc) = (void (*)(void *, virErrorFunc))find("virSetErrorFunc");
    set(NULL, ignore);
}
