/* What a run comes to, for people and for programs. */
#include "knee.h"
#include "results.h"

static double
rate(const struct results *results, uint64_t count, int64_t until_us)
{
    return until_us > results->begin_us ? (double)count * 1e6 / (double)(until_us - results->begin_us) : 0;
}

static double
cpu_per_order_us(const struct results *results)
{
    return results->accepted == 0 ? 0 : (double)(results_cpu_us() - results->cpu_begin_us) / (double)results->accepted;
}

static void
print_latency(const char *name, const struct latency *latency, FILE *out)
{
    if (latency->total > 0)
        fprintf(out, "  to %-10s p50 %8.2f  p90 %8.2f  p99 %8.2f  max %8.2f ms  of %llu\n", name,
                latency_ms(latency, 0.5), latency_ms(latency, 0.9), latency_ms(latency, 0.99), latency_max_ms(latency),
                (unsigned long long)latency->total);
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
            (unsigned long long)(results->accepted - results->ended));
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
    fprintf(out, "%.0f/s accepted, %.0f/s ended\n", rate(results, results->accepted, results->last_accepted_us),
            rate(results, results->ended, results->last_ended_us));
    for (int i = 0; i < MEASURES; i++)
        print_latency(results_measures[i], &results->total[i], out);
    fprintf(out, "  driver     %.1f µs CPU an order\n", cpu_per_order_us(results));
    if (context->knee != NULL)
        knee_print(context->knee, out);
    fprintf(out, "%s\n", results_is_good(results) ? "good" : "NOT GOOD");
}

static void
json_text(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc((unsigned char)*text < ' ' ? '?' : *text, out);
    }
    fputc('"', out);
}

void
results_json(const struct results *results, const struct results_context *context, FILE *out)
{
    fputs("{\"flows\":", out);
    json_text(context->flows, out);
    fprintf(out, ",\"good\":%s,\"clients\":%lld,\"rate_due\":%lld,\"sent\":%llu,\"accepted\":%llu,\"refused\":%llu,"
            "\"unknown\":%llu", results_is_good(results) ? "true" : "false",
            context->rate > 0 ? 0 : (long long)context->clients, (long long)context->rate,
            (unsigned long long)results->started, (unsigned long long)results->accepted,
            (unsigned long long)results->refused, (unsigned long long)results->unknown);
    fprintf(out, ",\"ended\":{\"PAID\":%llu,\"REJECTED\":%llu,\"CANCELLED\":%llu,\"REFUNDED\":%llu},"
            "\"without_end\":%llu",
            (unsigned long long)results->at_end[PAID], (unsigned long long)results->at_end[REJECTED],
            (unsigned long long)results->at_end[CANCELLED], (unsigned long long)results->at_end[REFUNDED],
            (unsigned long long)(results->accepted - results->ended));
    fprintf(out, ",\"notified\":%llu,\"missing\":%llu,\"undelivered\":%llu", (unsigned long long)results->notified,
            (unsigned long long)results->missing, (unsigned long long)results->undelivered);
    fprintf(out, ",\"news\":\"%s\",\"streams_lost\":%llu,\"asked\":%llu", context->source,
            (unsigned long long)results->streams_lost, (unsigned long long)results->asked);
    fprintf(out, ",\"failures\":%llu,\"retries\":%llu,\"rate_accepted\":%.1f,\"rate_ended\":%.1f,"
            "\"cpu_us_per_order\":%.1f,\"latency_ms\":{", (unsigned long long)results->failed,
            (unsigned long long)context->retries,
            rate(results, results->accepted, results->last_accepted_us),
            rate(results, results->ended, results->last_ended_us), cpu_per_order_us(results));
    for (int i = 0; i < MEASURES; i++) {
        const struct latency *latency = &results->total[i];

        fprintf(out, "%s\"%s\":{\"count\":%llu,\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}", i > 0 ? "," : "",
                results_measures[i], (unsigned long long)latency->total, latency_ms(latency, 0.5),
                latency_ms(latency, 0.9), latency_ms(latency, 0.99), latency_max_ms(latency));
    }
    fputc('}', out);
    if (context->knee != NULL) {
        fputs(",\"knee\":", out);
        knee_json(context->knee, out);
    }
    fputs("}\n", out);
}
