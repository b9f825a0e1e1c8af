using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// Asks an archive's interface one question at a time: never sooner after the last than the archive wants, again after faults that
/// pass (Retry-After is kept), with a name that says who asks, and with bounds on time and bytes.
/// </summary>
public sealed class PoliteClient : IDisposable
{
    const long LargestAnswer = 32 << 20;
    const int Attempts = 4;

    static readonly TimeSpan longestWait = TimeSpan.FromMinutes(2);

    readonly HttpClient client;
    readonly TimeProvider time;
    readonly TimeSpan gap;
    long? last;

    /// <param name="gap">Time from one answer to the next question.</param>
    /// <param name="time">The clock.</param>
    /// <param name="contact">An address that the archive can write to; null for none.</param>
    /// <param name="firstDelay">Wait before the first repetition; it doubles with each.</param>
    public PoliteClient(TimeSpan gap, TimeProvider? time = null, string? contact = null, TimeSpan? firstDelay = null)
    {
        this.gap = gap;
        this.time = time ?? TimeProvider.System;
        ResiliencePipeline<HttpResponseMessage> pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = this.time }
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = Attempts,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = false,
                Delay = firstDelay ?? TimeSpan.FromSeconds(3),
                MaxDelay = longestWait,
            })
            .Build();
        client = new HttpClient(new ResilienceHandler(pipeline) { InnerHandler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All, MaxAutomaticRedirections = 5 } })
        {
            Timeout = TimeSpan.FromMinutes(5),
            MaxResponseContentBufferSize = LargestAnswer,
        };
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", $"shoestring/{typeof(PoliteClient).Assembly.GetName().Version?.ToString(3)}{(contact is null ? "" : $" (mailto:{contact})")}");
    }

    /// <summary>Bytes of all answers so far.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Questions so far, without repetitions.</summary>
    public int Requests { get; private set; }

    /// <summary>The answer as text.</summary>
    /// <exception cref="InputException">The archive cannot be reached, refuses, or answers with more than can be.</exception>
    public async Task<string> Ask(Uri address, CancellationToken cancellation = default)
    {
        if (last is { } asked && gap - time.GetElapsedTime(asked) is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, cancellation).ConfigureAwait(false);
        }

        try
        {
            Requests++;
            using HttpResponseMessage response = await client.GetAsync(address, HttpCompletionOption.ResponseContentRead, cancellation).ConfigureAwait(false);
            byte[] bytes = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            BytesReceived += bytes.Length;
            return response.IsSuccessStatusCode
                ? System.Text.Encoding.UTF8.GetString(bytes)
                : throw new InputException($"it answers {(int)response.StatusCode} {response.ReasonPhrase}", Where(address), "try again later, or ask for less");
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new InputException($"it cannot be asked ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", Where(address), "check the network, or import a file instead", fault);
        }
        finally
        {
            last = time.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    static string Where(Uri address) => $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";
}
