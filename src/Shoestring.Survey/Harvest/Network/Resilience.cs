using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Shoestring.Survey;

/// <summary>What is tried again, and when: heads of answers here, interrupted bodies by <see cref="Bodies"/>.</summary>
static class Resilience
{
    // No wait between two tries is longer, whatever their number.
    static readonly TimeSpan longestBackoff = TimeSpan.FromSeconds(30);

    /// <summary>Tries a request again after transient faults, with growing and jittered waits or the server's own.</summary>
    public static ResiliencePipeline<HttpResponseMessage> Requests(HarvestOptions options) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Clock }
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = Math.Max(1, options.Retries),
                Delay = options.RetryDelay,
                MaxDelay = longestBackoff,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = attempt => ValueTask.FromResult(options.Retries > 0 && IsTransient(attempt.Outcome, options)),
                DelayGenerator = attempt => ValueTask.FromResult(attempt.Outcome.Result is { } response ? PoliteHandler.RetryAfter(response, options.Clock) : null),
            })
            .Build();

    /// <summary>Limits the time of one try, from the moment at which it is its turn to the answer's head.</summary>
    public static ResiliencePipeline<HttpResponseMessage> Answers(HarvestOptions options) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Clock }
            .AddTimeout(new HttpTimeoutStrategyOptions { Timeout = options.AnswerTimeout })
            .Build();

    /// <summary>Asks again for what an interrupted body has left.</summary>
    public static ResiliencePipeline Bodies(HarvestOptions options) => options.Retries == 0
        ? ResiliencePipeline.Empty
        : new ResiliencePipelineBuilder { TimeProvider = options.Clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = longestBackoff,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<InterruptedBody>(),
            })
            .Build();

    static bool IsTransient(Outcome<HttpResponseMessage> outcome, HarvestOptions options) => outcome.Exception switch
    {
        HttpRequestException fault => IsTransient(fault),
        TimeoutRejectedException => true,
        not null => false,
        null => HttpClientResiliencePredicates.IsTransient(outcome)
            && !(PoliteHandler.RetryAfter(outcome.Result!, options.Clock) > options.MaxWait),
    };

    // A name that does not exist, a certificate that is not trusted and a refused address stay what they are.
    static bool IsTransient(HttpRequestException fault) =>
        fault.InnerException is not (AddressRefused or AuthenticationException or SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData });
}
