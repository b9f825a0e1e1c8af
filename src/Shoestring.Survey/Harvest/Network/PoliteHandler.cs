using System.Net;

namespace Shoestring.Survey;

/// <summary>Sends each request, first tries and further ones, when it is its turn, and heeds what a busy server says of waiting.</summary>
sealed class PoliteHandler(HostGates gates, HarvestOptions options, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HostGate gate = gates.Of(request.RequestUri!);
        await gate.TurnAsync(cancellationToken).ConfigureAwait(false);
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (IsBusy(response) && RetryAfter(response, options.Clock) is { } wait && wait <= options.MaxWait)
        {
            gate.Pause(wait);
        }

        return response;
    }

    /// <summary>Whether the server asks to come again later.</summary>
    public static bool IsBusy(HttpResponseMessage response) => response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    /// <summary>How long the server asks to wait, or null.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider clock)
    {
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => null,
        };
        return wait is { } asked && asked < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
