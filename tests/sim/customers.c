#include "customers.h"

#include "flow.h"
#include "shopper.h"
#include "sim.h"

#include <stdlib.h>

static struct shopper *shoppers;
static struct flow *flows;

void
customers_start(void)
{
    shoppers = memory_new((size_t)sim.plan.customers, sizeof(*shoppers));
    flows = memory_new((size_t)sim.plan.orders, sizeof(*flows));
    for (int i = 0; i < sim.plan.customers; i++)
        shopper_start(&shoppers[i], i);
    for (int i = 0; i < sim.plan.orders; i++)
        flow_start(&flows[i], i, &shoppers[chance_below(&sim.chance, sim.plan.customers)]);
}

bool
customers_are_done(void)
{
    for (int i = 0; i < sim.plan.customers; i++)
        if (shoppers[i].deposits > 0)
            return false;
    for (int i = 0; i < sim.plan.orders; i++)
        if (!flows[i].done)
            return false;
    return true;
}

const struct told_order *
customers_order(int index)
{
    return index < sim.plan.orders ? &flows[index].told : NULL;
}

const struct told_account *
customers_account(int index)
{
    return index < sim.plan.customers ? &shoppers[index].told : NULL;
}

void
customers_release(void)
{
    free(shoppers);
    free(flows);
}
