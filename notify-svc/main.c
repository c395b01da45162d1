/* notify-svc */
#include "../common/daemon.h"
#include "service.h"

int
main(int argc, char **argv)
{
    return daemon_main(&notify_service, argc, argv);
}
