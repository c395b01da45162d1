/* payment-svc */
#include "../common/daemon.h"
#include "service.h"

int
main(int argc, char **argv)
{
    return daemon_main(&payment_service, argc, argv);
}
