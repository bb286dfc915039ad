import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;

/** Jedis with its defaults. Its calls block, so as many threads call it as its pool has connections. */
final class JedisAdapter {
  private static final int THREADS = 8;

  public static void main(String[] arguments) throws Exception {
    Adapter.serve("Jedis", version(), JedisAdapter::connect);
  }

  private static String version() throws IOException {
    Properties built = new Properties();
    try (InputStream in = RedisSentinelClient.class.getResourceAsStream("/META-INF/maven/redis.clients/jedis/pom.properties")) {
      built.load(in);
    }
    return built.getProperty("version");
  }

  private static Adapter.Client connect(JsonObject hello) {
    RedisSentinelClient jedis =
        RedisSentinelClient.builder()
            .masterName(hello.get("group").getAsString())
            .sentinels(
                Adapter.sentinels(hello).stream()
                    .map((one) -> new HostAndPort(one.get("host").getAsString(), one.get("port").getAsInt()))
                    .collect(Collectors.toSet()))
            .clientConfig(configOf(hello, "password"))
            .sentinelClientConfig(configOf(hello, "sentinelPassword"))
            .build();
    jedis.ping();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    return (key, value) -> CompletableFuture.supplyAsync(() -> jedis.rpush(key, value), threads);
  }

  private static DefaultJedisClientConfig configOf(JsonObject hello, String secret) {
    return DefaultJedisClientConfig.builder().password(Adapter.secret(hello, secret)).build();
  }
}
