import com.google.gson.JsonObject;
import io.lettuce.core.LettuceVersion;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.async.RedisAsyncCommands;

/** Lettuce with its defaults: one connection, which looks for the master anew when it is lost. */
final class LettuceAdapter {
  public static void main(String[] arguments) throws Exception {
    Adapter.serve("Lettuce", LettuceVersion.getVersion(), LettuceAdapter::connect);
  }

  private static Adapter.Client connect(JsonObject hello) {
    RedisURI.Builder uri = RedisURI.builder().withSentinelMasterId(hello.get("group").getAsString());
    String ofSentinels = Adapter.secret(hello, "sentinelPassword");
    for (JsonObject one : Adapter.sentinels(hello)) {
      String host = one.get("host").getAsString();
      int port = one.get("port").getAsInt();
      if (ofSentinels == null) uri.withSentinel(host, port);
      else uri.withSentinel(host, port, ofSentinels);
    }
    String password = Adapter.secret(hello, "password");
    if (password != null) uri.withPassword(password.toCharArray());
    RedisAsyncCommands<String, String> lettuce = RedisClient.create(uri.build()).connect().async();
    lettuce.ping().toCompletableFuture().join();
    return (key, value) -> lettuce.rpush(key, value);
  }
}
