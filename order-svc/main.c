/* order-svc */
#include "../common/daemon.h"
#include "service.h"

int
main(int argc, char **argv)
{
    return daemon_main(&order_service, argc, argv);
}
