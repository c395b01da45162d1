/* What a run comes to, for people. */
#include "knee.h"
#include "results.h"

static void
print_latency(const char *name, const struct latency *latency, FILE *out)
{
    if (latency->total > 0)
        fprintf(out, "  to %-10s p50 %8.2f  p90 %8.2f  p99 %8.2f  p99.9 %8.2f  max %8.2f ms  of %llu\n", name,
                latency_point_ms(latency, P50), latency_point_ms(latency, P90), latency_point_ms(latency, P99),
                latency_point_ms(latency, P999), latency_point_ms(latency, LONGEST), (unsigned long long)latency->total);
}

void
results_summary(const struct results *results, const struct results_context *context, FILE *out)
{
    fprintf(out, "%s: %llu orders sent, %llu accepted, %llu refused, %llu unknown\n", context->flows,
            (unsigned long long)results->started, (unsigned long long)results->accepted,
            (unsigned long long)results->refused, (unsigned long long)results->unknown);
    fprintf(out, "  ended      %llu PAID, %llu REJECTED, %llu CANCELLED, %llu REFUNDED, %llu without an end\n",
            (unsigned long long)results->at_end[PAID], (unsigned long long)results->at_end[REJECTED],
            (unsigned long long)results->at_end[CANCELLED], (unsigned long long)results->at_end[REFUNDED],
            (unsigned long long)results_lost(results));
    fprintf(out, "  notified   %llu orders, %llu missing, %llu undelivered\n", (unsigned long long)results->notified,
            (unsigned long long)results->missing, (unsigned long long)results->undelivered);
    fprintf(out, "  news       from %s, lost %llu times, %llu times asked for instead\n", context->source,
            (unsigned long long)results->streams_lost, (unsigned long long)results->asked);
    fprintf(out, "  failures   %llu, retries %llu\n", (unsigned long long)results->failed,
            (unsigned long long)context->retries);
    if (context->rate > 0)
        fprintf(out, "  rate       %lld/s due, ", (long long)context->rate);
    else
        fprintf(out, "  rate       %lld clients, ", (long long)context->clients);
    fprintf(out, "%.0f/s accepted, %.0f/s ended\n", results_rate_accepted(results), results_rate_ended(results));
    for (int i = 0; i < MEASURES; i++)
        print_latency(results_measures[i], &results->total[i], out);
    fprintf(out, "  driver     %.1f µs CPU an order\n", results_cpu_per_order_us(results));
    if (context->knee != NULL)
        knee_print(context->knee, out);
}
