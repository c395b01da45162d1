#include "outcome.h"

#include "criteria.h"
#include "results.h"

bool
outcome_is_good(const struct outcome *outcome)
{
    for (int i = 0; i < outcome->criteria->count; i++)
        if (!outcome->criteria->of[i].holds)
            return false;
    return outcome->ended && results_is_good(outcome->results);
}
